import Domain
import Foundation
import LanguageModels
import StrictYAML
import Testing

@Suite struct RecipeReplayTests {
    @Test("The recipe's section is read, counts in the digest, and is absent from others'")
    func recipe() throws {
        let least = "lethe-recipe: 1\nepochs: 3\nlearning-rate: 0.1\n"
        let plain = try RecipeFile.parse(least)
        let replay = try RecipeFile.parse(
            least + "replay: {checkpoint-every-steps: 50, disk-budget-mb: 200}\n")
        #expect(
            replay.replay
                == ReplaySettings(checkpointEverySteps: 50, diskBudgetMegabytes: 200))
        #expect(plain.replay == nil)
        #expect(try plain.digest() != replay.digest())
        #expect(
            try CanonicalJSON.decode(
                TrainingRecipe.self, from: CanonicalJSON.compact(replay)) == replay)
        let text = String(decoding: try CanonicalJSON.compact(plain), as: UTF8.self)
        #expect(!text.contains("replay"))
        for (lines, message) in [
            ("replay: yes", "replay must be a mapping"),
            ("replay: {disk-budget-mb: 2}", "checkpoint-every-steps is missing"),
            ("replay: {checkpoint-every-steps: 2}", "disk-budget-mb is missing"),
            ("replay: {checkpoint-every-steps: 0, disk-budget-mb: 2}", "must be a whole number"),
        ] {
            let error = #expect(throws: YAMLError.self) { try RecipeFile.parse(least + lines) }
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }
    }
}
