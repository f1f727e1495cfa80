package io.devicemapper.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links between the pages lead somewhere. */
class LinksTest {
    private static final Pattern RELATIVE_LINK = Pattern.compile("]\\((?![a-z]+:|#)([^)#]+)(?:#[^)]*)?\\)");

    @Test
    void everyRelativeLinkLeadsToAFile() {
        List<String> dead = Repository.pages().stream()
                .flatMap(page -> RELATIVE_LINK
                        .matcher(Repository.read(page))
                        .results()
                        .map(link -> dead(page, link))
                        .filter(message -> message != null))
                .toList();
        assertEquals(List.of(), dead);
    }

    private static String dead(Path page, MatchResult link) {
        return Files.exists(page.resolveSibling(link.group(1)))
                ? null
                : Repository.nameOf(page) + " links to " + link.group(1);
    }
}
