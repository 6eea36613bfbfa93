using System.Globalization;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>What a request for a file is answered with: a status and the bytes of the file that follow the head.</summary>
internal readonly record struct FileAnswer(int Status, long OffsetBytes, long LengthBytes)
{
    /// <summary>Evaluates the preconditions in the order of RFC 9110, 13.2.2.</summary>
    public static FileAnswer For(FileRequest request, FileMetadata file)
    {
        if (request.IfMatch is { } ifMatch)
        {
            if (!ListsTag(ifMatch, file.EntityTag, weak: false))
            {
                return new FileAnswer(412, 0, 0);
            }
        }
        else if (request.IfUnmodifiedSince is { } since && HttpDate.TryRead(since, out DateTime unmodified)
            && file.ModifiedUtc > unmodified)
        {
            return new FileAnswer(412, 0, 0);
        }

        if (request.IfNoneMatch is { } ifNoneMatch)
        {
            if (ListsTag(ifNoneMatch, file.EntityTag, weak: true))
            {
                return new FileAnswer(304, 0, 0);
            }
        }
        else if (request.IfModifiedSince is { } since && HttpDate.TryRead(since, out DateTime modified)
            && file.ModifiedUtc <= modified)
        {
            return new FileAnswer(304, 0, 0);
        }

        // Range is defined for GET alone.
        return request.Range is { } range && !request.HeadOnly && RangeApplies(request.IfRange, file)
            ? ForRange(range, file.SizeBytes)
            : new FileAnswer(200, 0, file.SizeBytes);
    }

    private static bool ListsTag(string list, string tag, bool weak)
    {
        if (list == "*")
        {
            return true;
        }

        // Our tags hold no comma, so a comma inside another's quotes cannot make a false match.
        foreach (Range part in list.AsSpan().Split(','))
        {
            ReadOnlySpan<char> candidate = list.AsSpan(part).Trim(" \t");
            if (weak && candidate.StartsWith("W/", StringComparison.Ordinal))
            {
                candidate = candidate[2..];
            }

            if (candidate.SequenceEqual(tag))
            {
                return true;
            }
        }

        return false;
    }

    // Not by a date: it would have to be certain that the file did not change twice in that second (RFC 9110, 13.1.5 and 8.8.2.2),
    // and a time of modification that anybody may set is not. The whole file is always right.
    private static bool RangeApplies(string? ifRange, FileMetadata file) => ifRange is null || ifRange == file.EntityTag;

    // A malformed range and several ranges are ignored, as RFC 9110, 14.2 allows: the whole file is always right.
    private static FileAnswer ForRange(string range, long size)
    {
        const string Unit = "bytes=";
        FileAnswer whole = new(200, 0, size);
        if (!range.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        ReadOnlySpan<char> spec = range.AsSpan(Unit.Length).Trim(" \t");
        int dash = spec.IndexOf('-');
        if (dash < 0 || !TryNumber(spec[..dash], out long? first) || !TryNumber(spec[(dash + 1)..], out long? last))
        {
            return whole;
        }

        if (first is not { } offset)
        {
            return last is not { } suffix ? whole
                : suffix == 0 || size == 0 ? new FileAnswer(416, 0, 0)
                : new FileAnswer(206, size - Math.Min(suffix, size), Math.Min(suffix, size));
        }

        if (last < offset)
        {
            return whole;
        }

        return offset >= size
            ? new FileAnswer(416, 0, 0)
            : new FileAnswer(206, offset, Math.Min(last ?? long.MaxValue, size - 1) - offset + 1);
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, out long? number)
    {
        number = null;
        if (digits.IsEmpty)
        {
            return true;
        }

        bool parsed = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        number = parsed ? value : null;
        return parsed;
    }
}
