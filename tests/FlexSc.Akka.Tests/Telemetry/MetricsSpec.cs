using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.CompilerServices;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Tests.IO;
using Xunit;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Tests.Telemetry;

public sealed class MetricsSpec : TcpFixture
{
    [Fact]
    public async Task The_documented_table_is_that_of_the_meter()
    {
        _ = await BindAsync();
        SortedDictionary<string, string> told = new(StringComparer.Ordinal);
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == FlexScTelemetry.Name)
                {
                    // Two assemblies have a meter of the name; an instrument of both would be counted twice.
                    told.Add(instrument.Name, $"| `{instrument.Name}` | {KindOf(instrument)} | {instrument.Unit} | {instrument.Description} |");
                }
            },
        };
        listener.Start();
        string[] documented = [.. File.ReadLines(Path.Combine(RepositoryFolder(), "docs", "metrics.md"))
            .Where(static line => line.StartsWith("| `flexsc.", StringComparison.Ordinal) && line.Count(static letter => letter == '|') == 5)];
        Assert.Equal(told.Values, documented);
    }

    [Fact]
    public async Task Instruments_show_what_the_loops_did()
    {
        ConcurrentDictionary<string, double> values = new(StringComparer.Ordinal);
        ConcurrentDictionary<string, double> durations = new(StringComparer.Ordinal);
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == FlexScTelemetry.Name)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();

        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(handler, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("measured")), handler);
        byte[] received = new byte[8];
        Assert.Equal(8, await pair.Peer.ReceiveAsync(received).WaitAsync(Deadline));
        listener.RecordObservableInstruments();

        Assert.Equal(1, values["flexsc.connections"]);
        Assert.Equal(0, values["flexsc.connections.refused"]);

        // The loop goes on meanwhile.
        Assert.InRange(values["flexsc.syscalls"], 5, Extension.Figures[0].Submissions);
        Assert.InRange(values["flexsc.traps"], 1, Extension.Figures[0].Traps);
        Assert.InRange(values["flexsc.loop.batch.size"], 0.01, Extension.Figures[0].Submissions);
        Assert.InRange(values["flexsc.page.entries.used"], 1, values["flexsc.page.entries.limit"]);
        Assert.Equal(1024 * 64, values["flexsc.page.entries.limit"]);
        Assert.Contains("listen", durations.Keys);
        Assert.All(durations.Values, static seconds => Assert.InRange(seconds, 0, 1e6));

        await Sys.Terminate().WaitAsync(Deadline);
        values.Clear();
        await AwaitAssertAsync(() =>
        {
            values.Clear();
            listener.RecordObservableInstruments();
            Assert.Empty(values);
        }, Deadline);

        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string? system = null;
            foreach ((string tag, object? content) in tags)
            {
                if (tag == "flexsc.call")
                {
                    durations[(string)content!] = value;
                }

                system = tag == "flexsc.system" ? (string)content! : system;
            }

            // Other systems of this process are none of this test's.
            if (system == Sys.Name)
            {
                values[instrument.Name] = value;
            }
        }
    }

    [Fact]
    public async Task Activities_are_told_to_who_listens()
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = static source => source.Name == FlexScTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint), client);
        EndPoint local = (await client.ExpectMsgAsync<Tcp.Connected>(Deadline)).LocalAddress;
        await handler.ExpectMsgAsync<Tcp.Connected>(Deadline);
        string missing = Path.Combine(Path.GetTempPath(), $"missing-{Guid.NewGuid():N}");
        Sys.FlexFile().Tell(new FlexFile.Open(missing), client);
        await client.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);

        await AwaitAssertAsync(() =>
        {
            Assert.Contains(stopped, activity => activity.OperationName == "flexsc.tcp.connect" && Tag(activity, "network.peer.address") == endpoint.ToString());
            Assert.Contains(stopped, activity => activity.OperationName == "flexsc.tcp.accept" && Tag(activity, "network.peer.address") == local.ToString());
            Activity open = Assert.Single(stopped, activity => Tag(activity, "file.path") == missing);
            Assert.Equal(("flexsc.file.open", ActivityStatusCode.Error), (open.OperationName, open.Status));
        }, Deadline);

        static string? Tag(Activity activity, string name) => activity.GetTagItem(name) as string;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "ObservableCounter" => "counter",
        "ObservableGauge" => "gauge",
        "Histogram" => "histogram",
        string other => other,
    };

    private static string RepositoryFolder([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
