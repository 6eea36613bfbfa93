using System.CommandLine;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.Chat;

/// <summary>The options of the command.</summary>
internal sealed class ChatCommandLine
{
    private const int MaxTimeoutSeconds = 7 * 24 * 3600;

    private static readonly ChatOptions Defaults = new();

    private readonly Option<string> _host = new("--host")
    {
        Description = "Address or name to listen on.",
        DefaultValueFactory = _ => Defaults.Host,
    };

    private readonly Option<int> _members = OptionKinds.Number(
        "--max-members", "Members at a time; never more than ulimit -n allows.", Defaults.MaxMembers, 1, 100_000);

    private readonly Option<int> _lineBytes = OptionKinds.Number(
        "--max-line-bytes", "Longest line; a longer one is refused.", Defaults.MaxLineBytes, 64, 64 * 1024);

    private readonly Option<int> _rooms = OptionKinds.Number("--max-rooms", "Rooms at a time.", Defaults.MaxRooms, 1, 100_000);

    private readonly Option<int> _history = OptionKinds.Number(
        "--history-lines", "Last lines of a room that who comes in is told.", Defaults.HistoryLines, 0, 1_000);

    private readonly Option<int> _queued = OptionKinds.Number(
        "--max-queued-lines", "Lines that wait for a member who does not read; reset beyond.", Defaults.MaxQueuedLines, 16, 1_000_000);

    private readonly Option<int> _idle = OptionKinds.Number(
        "--idle-timeout-s", "Seconds without a line to or from a member; reset beyond. 0 is for ever.",
        Defaults.IdleTimeoutSeconds, 0, MaxTimeoutSeconds);

    private readonly ServerCommand _common = new(Defaults, ServerChoices.UnixSocket | ServerChoices.StockIo);

    public ChatCommandLine() => Command = _common.Create(
        "A chat of lines in rooms, on streams.", _host, _members, _lineBytes, _rooms, _history, _queued, _idle);

    public RootCommand Command { get; }

    public bool WantsStatsOnStdin(ParseResult result) => _common.WantsStatsOnStdin(result);

    /// <exception cref="IOException">The certificate cannot be read.</exception>
    public ChatOptions ToOptions(ParseResult result) => _common.Apply(result, new ChatOptions
    {
        Host = result.GetValue(_host)!,
        MaxMembers = result.GetValue(_members),
        AsksForMaxMembers = result.IsGiven(_members),
        MaxLineBytes = result.GetValue(_lineBytes),
        MaxRooms = result.GetValue(_rooms),
        HistoryLines = result.GetValue(_history),
        MaxQueuedLines = result.GetValue(_queued),
        IdleTimeoutSeconds = result.GetValue(_idle),
    });

    /// <summary>What the options, each valid by itself, forbid together. Only for a result without errors.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result)
    {
        foreach (string conflict in _common.ConflictsIn(result, _host))
        {
            yield return conflict;
        }

        // Who comes into a room is told all of its history at once.
        if (result.GetValue(_history) >= result.GetValue(_queued))
        {
            yield return "--history-lines must be less than --max-queued-lines: nobody could come into a room.";
        }
    }
}
