import Domain

/// Parquet is told apart and refused: no reader of it is fit to be asked of a user's machine. Debian
/// packages none, and the ones there are bring a whole engine.
///
/// A Parquet file that was converted goes on holding the records: it belongs into the register of
/// copies.
let parquetFormat = ShardFormat(
    id: "parquet", title: "Parquet", fileEndings: [".parquet"], magics: [Array("PAR1".utf8)],
    rewriting: .none,
    unpack: { source, _, _ in
        // A name that means something to a shell does not belong into a line to be copied.
        let given = source.deletingPathExtension().lastPathComponent
        let isPlain = given.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || [45, 46, 95].contains($0)
        }
        let name = isPlain && source.pathExtension == "parquet" ? given : "FILE"
        let command =
            "python3 -c \"import duckdb; duckdb.sql(\\\"COPY (FROM '\(name).parquet') "
            + "TO '\(name).jsonl' (FORMAT json)\\\")\""
        throw LineageError(
            .unsupportedFormat, "\(source.path) is a Parquet file, which is not read directly.",
            details: ["path": source.path, "format": "parquet", "command": command],
            remedy: "Convert it with `\(command)` (pip install duckdb), add the JSONL, and "
                + "register the Parquet file as a copy of it.")
    },
    pack: nil)
