using System.Globalization;

namespace FlexSc.Akka.Loops;

/// <summary>
/// A loop was given up before it came to what it was asked: that is not done, and may be asked of another loop. See <see cref="LoopGivenUp"/>.
/// </summary>
public sealed class LoopGivenUpException : InvalidOperationException
{
    internal LoopGivenUpException(LoopGivenUp givenUp)
        : base(string.Create(
            CultureInfo.InvariantCulture, $"loop {givenUp.Loop} is given up: {givenUp.Running}, {givenUp.Reason}, holds it up since {givenUp.Since:u}")) =>
        GivenUp = givenUp;

    /// <summary>Which loop, and what holds it up.</summary>
    public LoopGivenUp GivenUp { get; }
}
