/// The policy `lethe init` takes when none is named: `Policies/default.yaml`, built in.
package var defaultPolicyText: String {
    String(decoding: PackageResources.default_policy_yaml, as: UTF8.self)
}
