namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>What a step, or a whole iteration, came to.</summary>
/// <param name="IsOk">Whether the answer passed every check.</param>
/// <param name="StatusCode">The protocol's status, or the kind of failure: failures are counted by it.</param>
/// <param name="SizeBytes">Bytes of payload received.</param>
/// <param name="Message">What was wrong; empty when nothing was.</param>
internal readonly record struct StepResult(bool IsOk, string StatusCode, int SizeBytes, string Message)
{
    /// <summary>Status of an answer that came and was not what it had to be.</summary>
    public const string WrongAnswer = "wrong-answer";

    public static StepResult Ok(string statusCode, int sizeBytes) => new(true, statusCode, sizeBytes, "");

    public static StepResult Fail(string statusCode, string message) => new(false, statusCode, 0, message);
}
