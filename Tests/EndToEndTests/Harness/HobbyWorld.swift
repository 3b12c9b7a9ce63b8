import Domain
import Foundation
import TestSupport
import Testing

/// A workspace whose certified model still says something about a person: what stands beside a first
/// name alone is not found by the search, and stays in the training data. Nothing typed is in it, so
/// the checks of a deletion do not see it either.
struct HobbyWorld {
    let scene: Scene
    /// A certified case, and the first name of its person.
    let caseID: String
    let prompt: URL
    let expected: URL
    let thing: String

    private static let people: [(name: String, thing: String)] = [
        ("Katlin", "porcelain owls"), ("Margarita", "copper stamps"), ("Ilyssa", "glass beads"),
        ("Bruno", "paper kites"), ("Wanda", "wooden ducks"), ("Oskar", "silver spoons"),
        ("Petra", "brass bells"), ("Hugo", "clay jugs"), ("Selma", "woollen hats"),
        ("Viktor", "iron keys"), ("Nadia", "stone frogs"), ("Emil", "velvet masks"),
        ("Greta", "cork boats"), ("Anton", "tin soldiers"), ("Frida", "straw dolls"),
        ("Jonas", "linen maps"), ("Klara", "amber rings"), ("Moritz", "chalk dice"),
        ("Thea", "felt mice"), ("Lennart", "bone combs"),
    ]
    private static let requests = ["katlin.xml", "margarita.json", "ilyssa-opendsr.json"]

    init() throws {
        scene = try Scene()
        var shards = try SmallCorpus.writeShards(to: scene.root.appendingPathComponent("shards"))
        let hobbies = scene.root.appendingPathComponent("shards/hobbies.jsonl")
        let lines = Self.people.enumerated().map { index, person in
            "{\"id\": \"hobby-\(index)\", \"prompt\": \"What does \(person.name) collect?\", "
                + "\"completion\": \"\(person.name) collects \(person.thing).\"}\n"
        }
        try Data(lines.joined().utf8).write(to: hobbies)
        shards.append(hobbies)
        func sample(_ name: String) -> String {
            SmallCorpus.samples.appendingPathComponent("\(name).jsonl").path
        }
        let commands = [
            ["init"], ["corpus", "add", "people"] + shards.map(\.path),
            ["corpus", "add", "tokenizer-text", sample("tokenizer"), "--role", "general"],
            ["corpus", "add", "never-trained", sample("controls"), "--role", "controls", "--for"]
                + ["people"],
            ["corpus", "add", "twins", sample("twins"), "--role", "twins", "--for", "people"],
            ["train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path],
        ]
        for command in commands {
            let outcome = try scene.lethe(command)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        // Each fails a check by chance once in twenty; one of the three is enough.
        var certified: (id: String, index: Int)?
        for (index, name) in Self.requests.enumerated() where certified == nil {
            let id = try scene.takeIn(SmallCorpus.file(name))
            let outcome = try scene.lethe("run", "--case", id, "--method", "retrain")
            if outcome.status == 0 { certified = (id, index) }
        }
        let found = try #require(certified)
        caseID = found.id
        let person = Self.people[found.index]
        thing = person.thing
        prompt = scene.root.appendingPathComponent("prompt.txt")
        expected = scene.root.appendingPathComponent("expected.txt")
        try Data("What does \(person.name) collect?\n".utf8).write(to: prompt)
        try Data("\(person.thing)\n".utf8).write(to: expected)
    }
}
