using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>What the files of a loop use of what is bounded.</summary>
/// <param name="Index">Number of the loop.</param>
/// <param name="OpenFiles">Handles and watches whose descriptor is open.</param>
/// <param name="Commands">Commands of handles under way or waiting.</param>
/// <param name="TransferBytes">Bytes of the reads and write pieces under way; see <c>flexsc.file.max-transfer-bytes-per-loop</c>.</param>
public sealed record FileFigures(int Index, int OpenFiles, int Commands, long TransferBytes)
{
    internal static FileFigures Of(ActorLoop loop)
    {
        FileLoop? files = loop.Io.Find<FileLoop>();
        return new FileFigures(loop.Index, files?.OpenCount ?? 0, files?.OutstandingRequests ?? 0, files?.TransferBytes ?? 0);
    }
}
