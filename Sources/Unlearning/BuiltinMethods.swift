/// Every method Lethe knows, by permanent id: exact ones, approximate ones, suppressions, the control.
package let builtinMethods: [UnlearningMethod] = [
    Retrain.method, Replay.method, SISA.method,
    // Ascent and its kin
    GradientAscent.method, JangAscent.method, GradientDifference.method, KLMinimization.method,
    WeightedGradientAscent.method, SatImp.method, ForgetMismatchMaintain.method,
    // Preferences
    NegativePreferenceOptimization.method, SimNPO.method,
    // The model's own distribution, changed
    UNDIAL.method, CrossEntropyUnlearning.method, MaximumEntropy.method, PrimalDual.method,
    WhosHarryPotter.method, KGA.method, TwinGap.method,
    // Weights and representations
    PCGU.method, FisherRemoval.method, FisherForgetting.method, RMU.method, TaskVector.method,
    SKU.method, ShrinkRefit.method,
    // Suppression
    PreferenceOptimization.method, DirectPreferenceOptimization.method,
    IDKAnswerPreservation.method,
    // Control
    NoneControl.method,
]
