import Testing

/// The built command, from files to certificates. One test at a time: training takes all cores, and
/// every test waits for processes.
@Suite(.serialized) enum EndToEndTests {}
