namespace FlexSc.Akka.Hosting;

/// <summary>What a request for the dashboard says, as far as its answer depends on it.</summary>
/// <param name="Method">Its method, as <c>GET</c>.</param>
/// <param name="Path">Its path, without the query.</param>
/// <param name="Query">Its query with the question mark; empty for none.</param>
public sealed record DashboardRequest(string Method, string Path, string Query)
{
    /// <summary>The field Host; null where there is none.</summary>
    public string? Host { get; init; }

    /// <summary>The field Authorization; null where there is none.</summary>
    public string? Authorization { get; init; }

    /// <summary>The field Cookie; null where there is none.</summary>
    public string? Cookie { get; init; }

    /// <summary>Whether it came over TLS.</summary>
    public bool IsSecure { get; init; }
}

/// <summary>What it is answered with. Content is left out by whoever sends the answer where the method is <c>HEAD</c>.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Fields">Header fields, without those of the connection and of the length.</param>
/// <param name="Content">The content.</param>
/// <param name="IsEventStream">
/// Whether the content has no end: what <see cref="DashboardSite.TryWatch"/> tells follows, until either side ends the connection.
/// </param>
public sealed record DashboardAnswer(
    int Status, IReadOnlyList<KeyValuePair<string, string>> Fields, ReadOnlyMemory<byte> Content, bool IsEventStream = false);
