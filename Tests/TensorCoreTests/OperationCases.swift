import Foundation
import TensorCore

extension OperationCase {
    /// Extents of a case: odd ones, so that neither 16 lanes nor equal shares come out even.
    struct Size: Sendable {
        let tokens: Int
        let width: Int
        let output: Int
        /// Lengths of the packed sequences; they add up to `tokens`.
        let lengths: [Int]

        static let small = Size(tokens: 6, width: 19, output: 7, lengths: [3, 1, 2])
        /// Beyond the sizes from which operations divide their work over threads.
        static let large = Size(tokens: 301, width: 179, output: 83, lengths: [120, 1, 97, 83])

        /// Longer than a tile of keys, so that the running softmax is carried on.
        static let long = Size(tokens: 1_301, width: 0, output: 0, lengths: [701, 600])

        var sequences: [Range<Int>] {
            var start = 0
            return lengths.map { length in
                defer { start += length }
                return start..<start + length
            }
        }
        var packed: [PackedSequence] { sequences.map { PackedSequence(rows: $0) } }
        /// A chain where there are enough: the second continues the first, the third the first too,
        /// the last the first and the second.
        var sharing: [PackedSequence] {
            sequences.enumerated().map { index, rows in
                let chain: [Range<Int>] =
                    switch index {
                    case 0: []
                    case sequences.count - 1: Array(sequences[..<min(2, index)])
                    default: [sequences[0]]
                    }
                return PackedSequence(rows: rows, prefixes: chain)
            }
        }
        var positions: [Int32] { sequences.flatMap { (0..<$0.count).map(Int32.init) } }
        var ids: [Int32] { (0..<tokens).map { Int32(($0 * 7 + $0 / 3) % 5) } }
    }

    static func all(_ size: Size) -> [OperationCase] {
        linears(size) + norms(size) + attentions(size) + pointwise(size) + heads(size)
            + scores(size)
            + [embedding(size), rotary(size), residuals(size)]
    }

    private static func linears(_ size: Size) -> [OperationCase] {
        [Tape.WeightLayout.outputByInput, .inputByOutput].flatMap { layout in
            [false, true].map { hasBias in
                let weight =
                    layout == .outputByInput
                    ? [size.output, size.width] : [size.width, size.output]
                return OperationCase(
                    name: "linear \(layout)\(hasBias ? " with bias" : "")",
                    activations: [[size.tokens, size.width]],
                    parameters: [weight] + (hasBias ? [[size.output]] : []),
                    run: {
                        $0.linear(
                            $1[0], weight: $2[0], bias: hasBias ? $2[1] : nil, layout: layout)
                    },
                    reference: {
                        DoubleReference.linear(
                            $0[0], $1[0], hasBias ? $1[1] : nil, input: size.width,
                            output: size.output, layout: layout)
                    })
            }
        } + [
            // Three results side by side, the middle one without a bias.
            OperationCase(
                name: "linears side by side", activations: [[size.tokens, size.width]],
                parameters: [
                    [size.output, size.width], [size.output], [5, size.width], [3, size.width], [3],
                ],
                run: { tape, x, w in
                    tape.linear(
                        x[0],
                        [
                            LinearParameters(weight: w[0], bias: w[1]),
                            LinearParameters(weight: w[2]),
                            LinearParameters(weight: w[3], bias: w[4]),
                        ])
                },
                reference: { x, w in
                    let parts = [(w[0], w[1], size.output), (w[2], nil, 5), (w[3], w[4], 3)].map {
                        DoubleReference.rows(
                            DoubleReference.linear(
                                x[0], $0, $1, input: size.width, output: $2, layout: .outputByInput),
                            width: $2)
                    }
                    return (0..<size.tokens).flatMap { row in parts.flatMap { $0[row] } }
                })
        ]
    }

    private static func norms(_ size: Size) -> [OperationCase] {
        let x = [size.tokens, size.width]
        return [
            OperationCase(
                name: "rmsNorm", activations: [x], parameters: [[size.width]],
                run: { $0.rmsNorm($1[0], weight: $2[0], epsilon: 1e-3) },
                reference: { DoubleReference.rmsNorm($0[0], $1[0], epsilon: 1e-3) }),
            OperationCase(
                name: "layerNorm", activations: [x], parameters: [[size.width], [size.width]],
                run: { $0.layerNorm($1[0], weight: $2[0], bias: $2[1], epsilon: 1e-3) },
                reference: { DoubleReference.layerNorm($0[0], $1[0], $1[1], epsilon: 1e-3) }),
        ]
    }

    private static func attentions(_ size: Size) -> [OperationCase] {
        [
            AttentionShape(heads: 2, keyValueHeads: 2, headWidth: 5),
            AttentionShape(heads: 6, keyValueHeads: 2, headWidth: 4),
            AttentionShape(heads: 3, keyValueHeads: 1, headWidth: 17),
        ].flatMap { shape in
            [
                attention(size.tokens, size.packed, shape, name: "causalAttention"),
                attention(size.tokens, size.sharing, shape, name: "shared prefix, attention"),
                joinedAttention(size, shape, shape.sideBySide, name: "side by side"),
            ]
        }
            + [
                AttentionShape(heads: 3, keyValueHeads: 3, headWidth: 5)
            ].map { joinedAttention(size, $0, $0.interleaved, name: "interleaved") }
    }

    /// Queries, keys and values in one activation.
    private static func joinedAttention(
        _ size: Size, _ shape: AttentionShape, _ columns: AttentionColumns, name: String
    ) -> OperationCase {
        let width = (shape.heads + 2 * shape.keyValueHeads) * shape.headWidth
        return OperationCase(
            name: "attention \(name), \(shape.heads) heads in \(shape.keyValueHeads) groups",
            activations: [[size.tokens, width]], parameters: [],
            run: { tape, x, _ in
                tape.causalAttention(
                    query: x[0], key: x[0], value: x[0], shape: shape, columns: columns,
                    sequences: size.sharing)
            },
            reference: { x, _ in
                func part(_ heads: HeadColumns) -> [Double] {
                    DoubleReference.columns(x[0], of: heads, stride: width)
                }
                return DoubleReference.causalAttention(
                    part(columns.query), part(columns.key), part(columns.value), shape: shape,
                    sequences: size.sharing)
            })
    }

    /// Attention beyond one tile of keys, alone and after a prefix beyond one.
    static var longAttentions: [OperationCase] {
        let shape = AttentionShape(heads: 2, keyValueHeads: 1, headWidth: 3)
        let size = Size.long
        return [
            attention(size.tokens, [PackedSequence(rows: 0..<size.tokens)], shape, name: "long"),
            attention(size.tokens, size.sharing, shape, name: "long prefix"),
        ]
    }

    private static func attention(
        _ tokens: Int, _ sequences: [PackedSequence], _ shape: AttentionShape, name: String
    ) -> OperationCase {
        let query = [tokens, shape.heads * shape.headWidth]
        let key = [tokens, shape.keyValueHeads * shape.headWidth]
        return OperationCase(
            name: "\(name) \(shape.heads) heads in \(shape.keyValueHeads) groups",
            activations: [query, key, key], parameters: [],
            run: { tape, x, _ in
                tape.causalAttention(
                    query: x[0], key: x[1], value: x[2], shape: shape, sequences: sequences)
            },
            reference: { x, _ in
                DoubleReference.causalAttention(
                    x[0], x[1], x[2], shape: shape, sequences: sequences)
            })
    }

    private static func pointwise(_ size: Size) -> [OperationCase] {
        let x = [size.tokens, size.width]
        return [
            OperationCase(
                name: "swiGLU", activations: [[size.tokens, 2 * size.width]], parameters: [],
                run: { tape, x, _ in tape.swiGLU(x[0]) },
                reference: { x, _ in DoubleReference.swiGLU(x[0], width: size.width) }),
            OperationCase(
                name: "gelu", activations: [x], parameters: [],
                run: { tape, x, _ in tape.gelu(x[0]) },
                reference: { x, _ in DoubleReference.gelu(x[0]) }),
            OperationCase(
                name: "exactGELU", activations: [x], parameters: [],
                run: { tape, x, _ in tape.exactGELU(x[0]) },
                reference: { x, _ in x[0].map { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) } }),
            OperationCase(
                name: "add", activations: [x, x], parameters: [],
                run: { tape, x, _ in tape.add(x[0], x[1]) },
                reference: { x, _ in zip(x[0], x[1]).map(+) }),
        ]
    }

    /// Operations on heads: three of 5 dimensions.
    private static func heads(_ size: Size) -> [OperationCase] {
        [
            OperationCase(
                name: "rmsNorm of heads", activations: [[size.tokens, 15]], parameters: [[5]],
                run: {
                    let heads = $0.reshaped($1[0], to: [3 * size.tokens, 5])
                    return $0.reshaped(
                        $0.rmsNorm(heads, weight: $2[0], epsilon: 1e-3), to: [size.tokens, 15])
                },
                reference: { DoubleReference.rmsNorm($0[0], $1[0], epsilon: 1e-3) })
        ]
    }

    private static func scores(_ size: Size) -> [OperationCase] {
        let rows = (0..<size.tokens).filter { $0 % 3 != 1 }
        let targets = rows.map { Int32($0 * 5 % size.output) }
        return [false, true].map { hasBias in
            OperationCase(
                name: "targetLogProbabilities\(hasBias ? " with bias" : "")",
                activations: [[size.tokens, size.width]],
                parameters: [[size.output, size.width]] + (hasBias ? [[size.output]] : []),
                run: {
                    $0.targetLogProbabilities(
                        hidden: $1[0], head: $2[0], bias: hasBias ? $2[1] : nil, rows: rows,
                        targets: targets
                    ).logProbabilities
                },
                reference: {
                    DoubleReference.targetLogProbabilities(
                        $0[0], $1[0], hasBias ? $1[1] : nil, width: size.width, rows: rows,
                        targets: targets)
                })
        }
    }

    private static func embedding(_ size: Size) -> OperationCase {
        OperationCase(
            name: "embedding with positions", activations: [],
            parameters: [[5, size.width], [size.lengths.max() ?? 0, size.width]],
            run: { tape, _, tables in
                tape.embedding(
                    size.ids, table: tables[0], positions: size.positions,
                    positionTable: tables[1])
            },
            reference: { _, tables in
                DoubleReference.embedding(
                    size.ids, tables[0], size.positions, tables[1], width: size.width)
            })
    }

    /// Three heads of 22 dimensions, of which the first 20 turn.
    private static func rotary(_ size: Size) -> OperationCase {
        let frequencies = (0..<10).map { Double(Float(1) / Float(1 + 3 * $0)) }
        let positions = size.positions.map { $0 % 40 }
        return OperationCase(
            name: "rotary", activations: [[size.tokens, 66]], parameters: [],
            run: { tape, x, _ in
                tape.rotary(
                    x[0],
                    heads: [
                        HeadColumns(first: 0, step: 44, count: 2, width: 22),
                        HeadColumns(first: 22, count: 1, width: 22),
                    ], positions: positions,
                    table: RotaryTable(inverseFrequencies: frequencies, positionCount: 40))
            },
            reference: { x, _ in
                DoubleReference.rotary(
                    x[0], width: 66, headWidth: 22, positions: positions, frequencies: frequencies)
            })
    }

    /// Two residual branches in a row, the second a single operation on the residual itself: gradients
    /// of one activation come from several operations, one of which still reads what it adds to.
    private static func residuals(_ size: Size) -> OperationCase {
        OperationCase(
            name: "residual branches", activations: [[size.tokens, size.width]],
            parameters: [[size.width], [size.width, size.width]],
            run: { tape, x, w in
                let first = tape.add(
                    x[0], tape.gelu(tape.rmsNorm(x[0], weight: w[0], epsilon: 1e-3)))
                return tape.add(first, tape.linear(first, weight: w[1]))
            },
            reference: { x, w in
                let inner = DoubleReference.gelu(
                    DoubleReference.rmsNorm(x[0], w[0], epsilon: 1e-3))
                let first = zip(x[0], inner).map(+)
                let branch = DoubleReference.linear(
                    first, w[1], nil, input: size.width, output: size.width,
                    layout: .outputByInput)
                return zip(first, branch).map(+)
            })
    }
}
