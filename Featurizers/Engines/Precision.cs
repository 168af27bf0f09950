namespace TransferKit.Engines;

/// <summary>The numbers that a frozen network computes with.</summary>
public enum Precision
{
    /// <summary>Single precision.</summary>
    Fp32,

    /// <summary>
    /// 8-bit integers where a layer gains by them, single precision elsewhere. Their ranges are measured on calibration images. For x64
    /// processors with VNNI and Arm processors with dot products.
    /// </summary>
    Int8,
}
