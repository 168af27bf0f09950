namespace TransferKit.Engines.Quantization;

/// <summary>How the ranges of 8-bit integers are chosen from the values that layers give for the calibration images.</summary>
public enum CalibrationMethod
{
    /// <summary>The range with the least mean squared error. It clips rare large values.</summary>
    MeanSquaredError,

    /// <summary>All but one of 100,000 values at each end.</summary>
    Percentile,

    /// <summary>All values.</summary>
    MinMax,
}
