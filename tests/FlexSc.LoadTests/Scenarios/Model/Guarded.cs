using System.Net.Sockets;

namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>Turns what a peer or the network can do to a client into a failed result. A defect of the program stays an exception.</summary>
internal static class Guarded
{
    private const string TimedOut = "timed-out";

    public static async ValueTask<StepResult> RunAsync<TState>(TState state, Func<TState, ValueTask<StepResult>> run)
    {
        try
        {
            return await run(state).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfTheConnection(failure))
        {
            return ToResult(failure);
        }
    }

    private static bool IsOfTheConnection(Exception failure) =>
        failure is IOException or SocketException or HttpRequestException or OperationCanceledException or InvalidDataException;

    private static StepResult ToResult(Exception failure) => failure switch
    {
        OperationCanceledException => StepResult.Fail(TimedOut, "no answer within the step's time"),
        SocketException socket => StepResult.Fail(socket.SocketErrorCode.ToString(), socket.Message),
        IOException { InnerException: SocketException socket } => StepResult.Fail(socket.SocketErrorCode.ToString(), socket.Message),
        InvalidDataException => StepResult.Fail(StepResult.WrongAnswer, failure.Message),
        _ => StepResult.Fail(failure.GetType().Name, failure.Message),
    };
}
