/// JSONL as it is: nothing is unpacked.
let jsonLinesFormat = ShardFormat(
    id: "jsonl", title: "JSONL", fileEndings: [".jsonl", ".ndjson", ".json"], magics: [],
    rewriting: .inPlace,
    unpack: { source, _, sink in try FilePieces.read(source.path) { try sink.write($0) } },
    pack: nil)
