using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace TransferKit.Pipelines.Saving;

/// <summary>Marks a property as a column of images of any size; ML.NET's own attribute needs one size for all.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnySizeImageAttribute : DataViewTypeAttribute
{
    public override bool Equals(DataViewTypeAttribute? other) => other is AnySizeImageAttribute;

    public override bool Equals(object? obj) => obj is AnySizeImageAttribute;

    public override int GetHashCode() => typeof(AnySizeImageAttribute).GetHashCode();

    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);
}
