using System.Text;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <content>Which resource a request names.</content>
internal sealed partial class HttpEngine
{
    private void Route(ref RequestHead head)
    {
        PendingFile = null;
        PendingPage = null;
        _answer.Resource = Resource.Status;
        if (head.Method == HttpMethod.Options && head.Target.SequenceEqual("*"u8))
        {
            _answer.Status = 204;
            return;
        }

        bool servesSamples = Serves(HttpResources.Samples);
        if (servesSamples && head.Target.SequenceEqual("/plaintext"u8))
        {
            SetResource(Resource.Plaintext, head.Method);
            return;
        }

        if (head.Method == HttpMethod.Other)
        {
            // CONNECT's authority-form is no path, and its answer is the same.
            _answer.Status = 405;
            return;
        }

        if (!RequestTarget.TrySplit(head.Target, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> query))
        {
            _answer.Status = 400;
        }
        else if (servesSamples && path.SequenceEqual("/json"u8))
        {
            SetResource(Resource.Json, head.Method);
        }
        else if (servesSamples && path.SequenceEqual("/plaintext"u8))
        {
            SetResource(Resource.Plaintext, head.Method);
        }
        else if (Serves(HttpResources.Pages) && IsPage(path))
        {
            RouteToPage(ref head, path, query);
        }
        else
        {
            RouteToFile(ref head, path, query);
        }
    }

    private static bool IsPage(ReadOnlySpan<byte> path) => path.SequenceEqual(PageRequest.Root) || path.StartsWith(PageRequest.Below);

    private void RouteToPage(ref RequestHead head, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        _answer.Resource = Resource.Page;
        PendingPage = new PageRequest
        {
            Method = head.Method switch
            {
                HttpMethod.Get => "GET",
                HttpMethod.Head => "HEAD",
                _ => "OPTIONS",
            },
            Path = Encoding.ASCII.GetString(path),
            Query = Encoding.ASCII.GetString(query),
            Host = Encoding.ASCII.GetString(head.Host),
            Authorization = head.Authorization.IsEmpty ? null : Encoding.Latin1.GetString(head.Authorization),
            Cookie = head.Cookie.IsEmpty ? null : Encoding.Latin1.GetString(head.Cookie),
            HeadOnly = _answer.HeadOnly,
            Mode = _answer.Mode,
        };
    }

    // Enum.HasFlag allocates until it is compiled for good.
    private bool Serves(HttpResources kind) => (resources & kind) != 0;

    private void RouteToFile(ref RequestHead head, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        int status = RequestTarget.DecodeName(path, out string name);
        if (status != 0 || !Serves(HttpResources.Files))
        {
            _answer.Status = status != 0 ? status : 404;
            return;
        }

        SetResource(Resource.File, head.Method);
        if (_answer.Resource == Resource.File)
        {
            PendingFile = new FileRequest
            {
                Name = name,
                EncodedPath = Encoding.ASCII.GetString(path),
                EncodedQuery = Encoding.ASCII.GetString(query),
                HeadOnly = _answer.HeadOnly,
                Mode = _answer.Mode,
                Range = head.Conditional.Range,
                IfRange = head.Conditional.IfRange,
                IfMatch = head.Conditional.IfMatch,
                IfNoneMatch = head.Conditional.IfNoneMatch,
                IfModifiedSince = head.Conditional.IfModifiedSince,
                IfUnmodifiedSince = head.Conditional.IfUnmodifiedSince,
            };
        }
    }

    private void SetResource(Resource resource, HttpMethod method)
    {
        _answer.Resource = method is HttpMethod.Get or HttpMethod.Head ? resource : Resource.Status;
        _answer.Status = method == HttpMethod.Options ? 204 : 405;
    }
}
