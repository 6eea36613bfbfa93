namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>A request for a static file, with all that its answer depends on.</summary>
internal sealed class FileRequest
{
    private const string IndexName = "index.html";

    /// <summary>Decoded name below the root; empty for the root, ending in a slash for a directory asked as such.</summary>
    public required string Name { get; init; }

    /// <summary>The path as it was sent, for a redirect to it with a slash.</summary>
    public required string EncodedPath { get; init; }

    /// <summary>The query as it was sent, with its question mark, which a redirect keeps; empty where there was none.</summary>
    public string EncodedQuery { get; init; } = "";

    public required bool HeadOnly { get; init; }

    public required ConnectionMode Mode { get; init; }

    public string? Range { get; init; }

    public string? IfRange { get; init; }

    public string? IfMatch { get; init; }

    public string? IfNoneMatch { get; init; }

    public string? IfModifiedSince { get; init; }

    public string? IfUnmodifiedSince { get; init; }

    /// <summary>Whether nothing but the name decides about the answer.</summary>
    public bool IsUnconditional => Range is null && IfRange is null && IfMatch is null && IfNoneMatch is null
        && IfModifiedSince is null && IfUnmodifiedSince is null;

    /// <summary>The name of the file that is sent: for a directory, its index.</summary>
    public string FileName => NamesDirectory ? Name + IndexName : Name;

    public bool NamesDirectory => Name.Length == 0 || Name.EndsWith('/');
}
