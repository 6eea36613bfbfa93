using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using FlexSc.Akka.Diagnostics;

namespace FlexSc.Tool;

/// <summary>The actor systems that can be looked at: those of this user's processes, or of one process. Each has a socket.</summary>
internal sealed class ReportedSystems
{
    private const int MostReportBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _paths;

    private ReportedSystems(IReadOnlyList<string> paths, IReadOnlyList<FlexReport> reports)
    {
        _paths = paths;
        First = reports;
    }

    /// <summary>What they answered when they were found.</summary>
    public IReadOnlyList<FlexReport> First { get; }

    /// <summary>Finds those that answer.</summary>
    /// <param name="processId">Of one process; null for all of this user.</param>
    /// <exception cref="NothingToShowException">There are none; the text says why.</exception>
    public static async Task<ReportedSystems> FindAsync(int? processId, CancellationToken cancellation)
    {
        uint user = processId is int asked ? UserOf(asked) : DiagnosticsFolder.OwnUser;
        List<string> paths = [];
        List<FlexReport> reports = [];
        foreach ((string path, _) in DiagnosticsFolder.Find(user, processId))
        {
            if (await ReadAsync(path, cancellation).ConfigureAwait(false) is { } report)
            {
                paths.Add(path);
                reports.Add(report);
            }
        }

        return reports.Count > 0 ? new ReportedSystems(paths, reports) : throw Nothing(user, processId);
    }

    /// <summary>The one that answers on a socket.</summary>
    /// <param name="path">The socket's.</param>
    /// <exception cref="NothingToShowException">Nobody answers; the text says why.</exception>
    public static async Task<ReportedSystems> AtAsync(string path, CancellationToken cancellation)
    {
        string cause;
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            if (await ReadAsync(path, cancellation).ConfigureAwait(false) is { } report)
            {
                return new ReportedSystems([path], [report]);
            }

            cause = string.Create(
                CultureInfo.InvariantCulture,
                $"it tells user {DiagnosticsFolder.OwnUser} nothing: only its own user and root are answered, and nobody when it has just ended");
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // The latter is of a path that is longer than a socket's may be.
            cause = $"{exception.Message}; a program has its socket from when its loops start to its end (flexsc.diagnostics.socket)";
        }

        throw new NothingToShowException(TopCommand.ExitWithoutFlexSc, $"{path} does not answer: {cause}");
    }

    /// <summary>What they answer now; those that have ended are left out.</summary>
    public async Task<IReadOnlyList<FlexReport>> ReadAsync(CancellationToken cancellation)
    {
        List<FlexReport> reports = [];
        foreach (string path in _paths)
        {
            if (await ReadAsync(path, cancellation).ConfigureAwait(false) is { } report)
            {
                reports.Add(report);
            }
        }

        return reports;
    }

    private static uint UserOf(int processId)
    {
        const uint root = 0;
        uint own = DiagnosticsFolder.OwnUser;
        uint user = DiagnosticsFolder.UserOf(processId)
            ?? throw new NothingToShowException(TopCommand.ExitWithoutFlexSc, $"there is no process {processId}");
        return user == own || own == root
            ? user
            : throw new NothingToShowException(
                TopCommand.ExitOfAnotherUser,
                $"process {processId} is user {user}'s, and this is user {own}: only that user and root may look at it (sudo -u '#{user}' flexsc top --pid {processId})");
    }

    private static NothingToShowException Nothing(uint user, int? processId)
    {
        string folders = string.Join(" or ", DiagnosticsFolder.Candidates(user));
        const string remedy = "A program has one from when its loops start, unless flexsc.diagnostics.socket is off or a path of its own";
        return processId is int asked
            ? new NothingToShowException(
                TopCommand.ExitWithoutFlexSc, $"process {asked} runs no FlexSC that tells of itself: it has no socket that answers in {folders}. {remedy}")
            : new NothingToShowException(
                TopCommand.ExitNoProcess, $"no process of user {user} runs FlexSC: there is no socket that answers in {folders}. {remedy}");
    }

    /// <summary>Null where nobody listens any more.</summary>
    private static async Task<FlexReport?> ReadAsync(string path, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token).ConfigureAwait(false);
            byte[] answer = await ReadToEndAsync(socket, limit.Token).ConfigureAwait(false);

            // It ended just then.
            return answer.Length == 0 ? null : FlexReportJson.Read(answer);
        }
        catch (SocketException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new NothingToShowException(
                TopCommand.ExitWithoutFlexSc, $"what {path} answers is no report that this flexsc knows: use the version of the program's FlexSc.Akka ({exception.Message})");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NothingToShowException(
                TopCommand.ExitWithoutFlexSc,
                string.Create(CultureInfo.InvariantCulture, $"{path} has not answered for {AnswerLimit.TotalSeconds:0} s: its process is stopped, or has no core"));
        }
    }

    private static async Task<byte[]> ReadToEndAsync(Socket socket, CancellationToken cancellation)
    {
        using MemoryStream answer = new();
        byte[] buffer = new byte[64 * 1024];
        while (answer.Length < MostReportBytes && await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int count)
        {
            answer.Write(buffer, 0, count);
        }

        return answer.ToArray();
    }
}

/// <summary>There is nothing to show, for a reason that the message tells.</summary>
/// <param name="exitCode">Of the program.</param>
/// <param name="message">Why, and what can be done.</param>
internal sealed class NothingToShowException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
