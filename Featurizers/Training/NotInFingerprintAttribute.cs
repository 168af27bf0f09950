namespace TransferKit.Training;

/// <summary>
/// Marks an option that may change when an interrupted training is resumed, because it does not influence the weights of an epoch. A
/// checkpoint records all other public properties of the options, and refuses to continue when one of them has changed; only the number of
/// epochs may grow.
/// </summary>
/// <param name="reason">Why the option does not influence the weights of an epoch.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotInFingerprintAttribute(string reason) : Attribute
{
    /// <summary>Why the option does not influence the weights of an epoch.</summary>
    public string Reason => reason;
}
