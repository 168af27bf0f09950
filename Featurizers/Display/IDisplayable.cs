namespace TransferKit.Display;

/// <summary>A result that can show itself: as HTML in notebooks, and as text elsewhere.</summary>
public interface IDisplayable
{
    /// <summary>Returns an HTML fragment with its own style, which reads well on light and dark pages.</summary>
    string ToHtml();

    /// <summary>Returns the result as text.</summary>
    string ToString();
}
