package io.devicemapper.cli;

/** Where a command's table text comes from, apart from its options. Client and daemon must agree on it. */
enum TableSource {
    /** The command needs no further text. */
    NONE,
    /** The client's standard input. */
    STANDARD_INPUT,
    /** A file that the last operand names. */
    FILE;

    /**
     * Where the text of a command comes from.
     *
     * @throws CliException if the arguments name two tables
     */
    static TableSource of(CommandSyntax syntax, CommandLine line) throws CliException {
        int operands = line.operands().size();
        if (syntax == CommandSyntax.CREATE && line.has(Option.CONCISE)) {
            return operands == 0 ? STANDARD_INPUT : NONE;
        }
        if (syntax != CommandSyntax.CREATE && syntax != CommandSyntax.RELOAD) {
            return NONE;
        }
        boolean selected =
                syntax == CommandSyntax.RELOAD && Option.SELECTION.stream().anyMatch(line::has);
        boolean file = operands == (selected ? 1 : 2);
        boolean none = line.has(Option.TABLE) || line.has(Option.NOTABLE);
        if ((file && none) || (line.has(Option.TABLE) && line.has(Option.NOTABLE))) {
            throw new CliException(line.command() + ": more than one of --table, --notable and a table file; usage: "
                    + syntax.usage());
        }
        return file ? FILE : none ? NONE : STANDARD_INPUT;
    }
}
