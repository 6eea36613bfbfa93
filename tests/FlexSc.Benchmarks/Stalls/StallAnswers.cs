using System.Text.Json;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Stalls;

/// <summary>How far stalls and evictions of tests/peers/StallingServer are.</summary>
/// <param name="Begun">Messages that the actor has begun with.</param>
/// <param name="EvictedAfter">How many those were when it was evicted; 0 while it was not.</param>
/// <param name="Evicted">Actors that are evicted now.</param>
/// <param name="GivenUp">Loops that are given up now.</param>
/// <param name="Connections">Connections of each loop.</param>
internal sealed record StallState(int Begun, int EvictedAfter, int Evicted, IReadOnlyList<int> GivenUp, IReadOnlyList<int> Connections)
{
    public static StallState Ask(ServerProcess server, string question = "state") => Json.Of<StallState>(server, question);
}

/// <summary>What its health check says.</summary>
internal sealed record StallHealth(string Status, string Text)
{
    public static StallHealth Ask(ServerProcess server) => Json.Of<StallHealth>(server, "health");
}

/// <summary>Actors that were made, and those that answered.</summary>
internal sealed record NewActors(int Asked, int Answered)
{
    public static NewActors Ask(ServerProcess server, int count) => Json.Of<NewActors>(server, FormattableString.Invariant($"actors {count}"));
}

/// <summary>Reads answers.</summary>
file static class Json
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static T Of<T>(ServerProcess server, string question)
    {
        string line = server.AskForJson(question, Limit);
        try
        {
            return JsonSerializer.Deserialize<T>(line) ?? throw new MeasurementException($"the server answered '{line}' to \"{question}\"");
        }
        catch (JsonException failure)
        {
            throw new MeasurementException($"the server's answer to \"{question}\" is not understood ({failure.Message}): {line}");
        }
    }
}
