/// Whether the gate may invent twins where too few held-out people are given. The raw values are
/// permanent.
///
/// Refused unless a policy says otherwise: a held-out person's values are known to come from where
/// the tested person's come from, while invented ones come from a model of values, and no self-test
/// can show more than that a difference is not large. Whoever takes that instead of "could not
/// check" has to say so. Allowed does not mean trusted: they are used only where the self-test of
/// `control-twins` passes on people known never to have been trained on. No setting leaves it out.
package enum GeneratedTwins: String, CaseIterable, Codable, Sendable {
    case allowed, refused
}
