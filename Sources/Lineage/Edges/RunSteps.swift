import Domain

/// Which steps of a run read these records, from the record that a journal keeps of each step.
///
/// - Parameters:
///   - records: any; in the result in the same order.
///   - steps: for each step of the run the keys of the records that it read, as journals name them:
///     the first 32 digits of the digest of id, unit separator and the line's digest.
package func recordSteps(
    _ records: [RecordKey], journal steps: some Sequence<[String]>
) -> [RecordSteps] {
    let wanted = Dictionary(
        records.enumerated().map { number, record in
            let digest = Digest(of: "\(record.id)\u{1f}\(record.digest)")
            return (String(digest.hexadecimal.prefix(32)), [number])
        }, uniquingKeysWith: +)
    var found = [[Int]](repeating: [], count: records.count)
    for (step, keys) in steps.enumerated() {
        for key in keys {
            for number in wanted[key] ?? [] where found[number].last != step {
                found[number].append(step)
            }
        }
    }
    return zip(records, found).map { RecordSteps(record: $0, steps: $1) }
}

/// Which steps of a run read these records, from a plan made again out of the run's recipe.
///
/// - Parameters:
///   - steps: for each step, indices into `recordIDs`.
///   - recordIDs: the list that the plan was made from; of corpora that share ids, the caller asks
///     for each by itself.
package func recordSteps(
    _ records: [RecordKey], plan steps: some Sequence<[Int]>, recordIDs: [String]
) -> [RecordSteps] {
    let places = Dictionary(
        records.enumerated().map { (Array($1.id.utf8), [$0]) }, uniquingKeysWith: +)
    let numbers = recordIDs.map { places[Array($0.utf8)] ?? [] }
    var found = [[Int]](repeating: [], count: records.count)
    for (step, indices) in steps.enumerated() {
        for index in indices where numbers.indices.contains(index) {
            for number in numbers[index] where found[number].last != step {
                found[number].append(step)
            }
        }
    }
    return zip(records, found).map { RecordSteps(record: $0, steps: $1) }
}
