/// Looks a plug-in up by its permanent id; an unknown id is an error that lists the known ones and
/// names the nearest.
/// - Parameter kind: what is looked up, for the message, e.g. `method`.
/// - Throws: `unknown-name`.
package func lookUp<Item>(
    _ name: String, in items: [Item], kind: String, by id: (Item) -> String
) throws -> Item {
    if let item = items.first(where: { id($0) == name }) { return item }
    let known = items.map(id)
    let nearest = nearestName(to: name, among: known)
    throw DomainError(
        .unknownName,
        "There is no \(kind) named \"\(name)\". "
            + (known.isEmpty
                ? "There is none yet." : "Known: \(known.sorted().joined(separator: ", "))."),
        details: ["kind": kind, "name": name],
        remedy: nearest.map { "Did you mean \"\($0)\"?" })
}

/// The known name with the smallest edit distance; the first of several.
package func nearestName(to name: String, among known: [String]) -> String? {
    known.min { editDistance($0, name) < editDistance($1, name) }
}

/// Levenshtein distance over characters.
package func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
