using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Targets;

/// <content>Bounds of what else than HTTP and key-value requests goes through the page.</content>
internal sealed partial class TargetTable
{
    private IEnumerable<Target> Secured()
    {
        yield return Cpu(
            $"HTTPS hello over {TlsGroups.KeptConnections} kept connections",
            TlsGroups.Kept,
            PeerNames.IoUringPooledTls,
            PeerNames.KestrelTls,
            TlsGroups.KeptShape,
            0.7);

        // As many handshakes for a CPU second as Kestrel makes, or more.
        yield return Cpu(
            "HTTPS hello, a handshake each", TlsGroups.Handshakes, PeerNames.IoUringPooledTls, PeerNames.KestrelTls, TlsGroups.HandshakeShape, 1);
    }

    private IEnumerable<Target> Transfers()
    {
        yield return Transfer("echo of 64 B datagrams", UdpPart.Echo, "datagrams", 5);
        yield return Transfer("1 MiB at a time", StreamPart.TcpDownload, "MiB", 1.5);
        yield return Transfer("1 MiB at a time", StreamPart.TcpUpload, "MiB", 1.5);
    }

    private IEnumerable<Target> FileReads()
    {
        foreach (string load in (string[])[FileReadsPart.RandomLoad, FileReadsPart.SequentialLoad])
        {
            string work = $"reads from the page cache, {load}";
            yield return AtLeast(
                work, "reads per CPU second relative to the best of .NET and Akka.Streams", 3, () => FileReadsFigure(FileReadsPart.RatioToBestManaged(report.FileReads, load)));
            yield return AtMost(work, $"CPU per read relative to {FileReadsPart.Fio}", 1.3, () => FileReadsFigure(FileReadsPart.RatioToFio(report.FileReads, load)));
        }
    }

    private Target Transfer(string subject, string work, string unit, double bound) => AtLeast(
        $"{subject}: {work}",
        $"{unit} per CPU second relative to {PeerNames.AkkaIo}",
        bound,
        () =>
        {
            TransferRow? row = report.Transfers.FirstOrDefault(row => row.Work == work && row.Variant == TransferPart.Pooled);
            return row is null ? Measured.Missing("the run has no such transfer") : new Measured(row.Ratio?.Median, row.Remark ?? "");
        });

    private Measured FileReadsFigure(double? ratio) => report.FileReads.Count == 0
        ? Measured.Missing("the run has no such reads")
        : new Measured(ratio, string.Join("; ", report.FileReads.Select(row => row.Remark).OfType<string>().Distinct()));
}
