/// A text of somebody else's file as it is put into a message: in one line, without characters that
/// move the cursor or turn the direction of writing, and not longer than a name.
func shown(_ text: some StringProtocol) -> String {
    let limit = 120
    let scalars = text.unicodeScalars.prefix(limit).map { scalar -> Character in
        let isPlain =
            scalar.properties.generalCategory != .control
            && scalar.properties.generalCategory != .format
            && scalar.properties.generalCategory != .lineSeparator
            && scalar.properties.generalCategory != .paragraphSeparator
        return isPlain ? Character(scalar) : "\u{FFFD}"
    }
    return String(scalars) + (text.unicodeScalars.count > limit ? "…" : "")
}
