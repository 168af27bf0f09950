namespace TransferKit.Training;

/// <summary>
/// Marks an option that may change when an interrupted training is resumed, because it does not influence the result. A checkpoint records
/// all other public properties of the options, and refuses to continue when one of them has changed.
/// </summary>
/// <param name="reason">Why the option does not influence the result.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotInFingerprintAttribute(string reason) : Attribute
{
    /// <summary>Why the option does not influence the result.</summary>
    public string Reason => reason;
}
