using System.Text.RegularExpressions;

namespace FlexSc.Documents.Tests;

/// <summary>A reference.conf as people read it: sections, keys and the comments above them, in their order.</summary>
internal sealed partial class ReferenceConf
{
    private readonly List<ConfEntry> _entries = [];
    private readonly List<string> _sections = [];
    private List<string> _comment = [];

    /// <summary>Whether the line before was a key: one that follows without a line between shares its comment.</summary>
    private bool _followsKey;

    private ReferenceConf()
    {
    }

    public IReadOnlyList<ConfEntry> Entries => _entries;

    /// <summary>The paths of all keys, those that share a comment each by itself.</summary>
    public IEnumerable<ConfKey> Keys => _entries.SelectMany(static entry => entry.Keys);

    /// <exception cref="FormatException">A line is none of: a comment, a section's begin or end, a key with its value, nothing.</exception>
    public static ReferenceConf Read(string text)
    {
        ReferenceConf conf = new();
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            conf.Read(line.TrimEnd(), line.Trim());
        }

        return conf;
    }

    private void Read(string line, string trimmed)
    {
        if (trimmed.StartsWith('#'))
        {
            _followsKey = false;
            _comment.Add(trimmed[1..]);
        }
        else if (trimmed is "" or "}")
        {
            EndOfBlock();
            if (trimmed == "}")
            {
                _sections.RemoveAt(_sections.Count - 1);
            }
        }
        else if (SectionPattern().Match(line) is { Success: true } section)
        {
            _sections.Add(section.Groups[1].Value);
            _entries.Add(new ConfEntry(string.Join('.', _sections), [], TakeComment()));
            _followsKey = false;
        }
        else if (KeyPattern().Match(line) is { Success: true } key)
        {
            Add(new ConfKey(string.Join('.', [.. _sections, key.Groups[1].Value]), key.Groups[2].Value));
        }
        else
        {
            throw new FormatException($"a reference.conf has no such line: {line}");
        }
    }

    private void Add(ConfKey key)
    {
        if (_followsKey)
        {
            _entries[^1] = _entries[^1] with { Keys = [.. _entries[^1].Keys, key] };
        }
        else
        {
            _entries.Add(new ConfEntry(string.Join('.', _sections), [key], TakeComment()));
        }

        _followsKey = true;
    }

    // A comment that no key follows is about the section that it stands in, or at the very top about the file.
    private void EndOfBlock()
    {
        _followsKey = false;
        if (_comment.Count > 0 && _entries.FindLastIndex(
            entry => entry.Keys.Count == 0 && entry.Section == string.Join('.', _sections)) is >= 0 and int index)
        {
            _entries[index] = _entries[index] with { Comment = [.. _entries[index].Comment, "", .. TakeComment()] };
        }

        _comment = [];
    }

    private List<string> TakeComment()
    {
        List<string> taken = _comment;
        _comment = [];
        return taken;
    }

    [GeneratedRegex(@"^\s*([a-z][a-z0-9.-]*)\s*\{$")]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"^\s*([a-z][a-z0-9.-]*)\s*=\s*(\S.*)$")]
    private static partial Regex KeyPattern();
}

/// <summary>A section, which has no keys here, or keys that share a comment.</summary>
/// <param name="Section">Path of the section, or of the one that the keys are in.</param>
/// <param name="Comment">Its lines without the number sign.</param>
internal sealed record ConfEntry(string Section, IReadOnlyList<ConfKey> Keys, IReadOnlyList<string> Comment);

/// <summary>A key with its default, as it is written.</summary>
internal sealed record ConfKey(string Path, string Default);
