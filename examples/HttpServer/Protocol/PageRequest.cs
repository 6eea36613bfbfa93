namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>A request for <c>/flexsc</c> or what is below it, with all that its answer depends on.</summary>
internal sealed class PageRequest
{
    /// <summary>The path of the page.</summary>
    public static ReadOnlySpan<byte> Root => "/flexsc"u8;

    /// <summary>What paths below it begin with.</summary>
    public static ReadOnlySpan<byte> Below => "/flexsc/"u8;

    /// <summary>GET, HEAD or OPTIONS.</summary>
    public required string Method { get; init; }

    /// <summary>The path as it was sent.</summary>
    public required string Path { get; init; }

    /// <summary>The query as it was sent, with its question mark; empty where there was none.</summary>
    public required string Query { get; init; }

    public required string Host { get; init; }

    public string? Authorization { get; init; }

    public string? Cookie { get; init; }

    public required bool HeadOnly { get; init; }

    public required ConnectionMode Mode { get; init; }
}
