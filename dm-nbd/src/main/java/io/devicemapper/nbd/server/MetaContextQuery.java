package io.devicemapper.nbd.server;

import io.devicemapper.nbd.protocol.AllocationFlags;
import io.devicemapper.nbd.protocol.WireFormatException;
import io.devicemapper.nbd.protocol.WireStrings;
import java.nio.ByteBuffer;

/**
 * The data of LIST_META_CONTEXT and SET_META_CONTEXT: u32 length, export name, u32 number of queries, each u32 length and text.
 *
 * @param exportName the export that is asked about
 * @param noQueries whether there was no query at all, which lists everything and selects nothing
 * @param wholeNamespace whether {@code base:} was asked for, which lists and never selects
 * @param allocation whether {@code base:allocation} was asked for
 */
record MetaContextQuery(String exportName, boolean noQueries, boolean wholeNamespace, boolean allocation) {
    static MetaContextQuery parse(ByteBuffer data) throws WireFormatException {
        String exportName = WireStrings.take(data, takeInt(data));
        int queries = takeInt(data);
        boolean wholeNamespace = false;
        boolean allocation = false;
        // The number is not trusted, and need not be checked: each query takes at least four of the bytes that are
        // there.
        for (int left = queries; left != 0; left--) {
            String query = WireStrings.take(data, takeInt(data));
            wholeNamespace |= query.equals(AllocationFlags.BASE_NAMESPACE);
            allocation |= query.equals(AllocationFlags.CONTEXT);
        }
        if (data.hasRemaining()) {
            throw new WireFormatException(data.remaining() + " bytes are left over behind the last query");
        }
        return new MetaContextQuery(exportName, queries == 0, wholeNamespace, allocation);
    }

    private static int takeInt(ByteBuffer data) throws WireFormatException {
        if (data.remaining() < Integer.BYTES) {
            throw new WireFormatException("option data ends where a number should be");
        }
        return data.getInt();
    }
}
