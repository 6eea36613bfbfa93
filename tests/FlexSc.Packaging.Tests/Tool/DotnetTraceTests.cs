using System.Diagnostics.Tracing;
using System.Globalization;
using Akka.Actor;
using FlexSc.Akka;
using FlexSc.Akka.Dispatch;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using Microsoft.Diagnostics.Tracing;
using Xunit;

namespace FlexSc.Packaging.Tests.Tool;

/// <summary>What docs/metrics.md promises of dotnet-trace, by the tool itself, from the registry. The program that it looks at is this one.</summary>
public sealed class DotnetTraceTests : IDisposable
{
    private const string Version = "10.0.750501";
    private const string HeldUp = "LoopHeldUp";
    private const string SystemName = "traced";
    private const int StallWarningMs = 50;

    // An extension of FlexSC's makes its dispatcher known.
    private static readonly string Configuration = $$"""
        akka.extensions = ["FlexSc.Akka.IO.FlexTcp, FlexSc.Akka"]
        flexsc.loops { count = 1, stall-warning-ms = {{StallWarningMs}} }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-trace");

    [SkippableFact]
    public async Task It_has_the_events_of_loops_on_one_time_line_with_the_runtimes_own()
    {
        // The source comes to be with the first system that has loops.
        using (ActorSystem first = ActorSystem.Create("first", Configuration))
        {
            first.ActorOf(Props.Create(static () => new Blocking()).WithFlexDispatcher());
            await first.Terminate();
        }

        string tool = DotnetTool.Install("dotnet-trace", Version, _folder.FullName);
        string file = Path.Combine(_folder.FullName, "events.nettrace");
        using RunningProgram trace = new(
        [
            tool, "collect", "--process-id", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            "--providers", $"{FlexScTelemetry.Name},Microsoft-Windows-DotNETRuntime:1:4", "--output", file,
        ]);
        EventSource source = await EnabledSourceAsync(trace);
        string path = await HoldALoopUpAsync(source);
        GC.Collect();
        trace.Interrupt();
        ProgramResult result = await Task.Run(() => trace.WaitForEnd(ExampleProgram.Deadline));
        Assert.True(File.Exists(file), $"exit code {result.ExitCode}: {result.Output} {result.Error}");

        List<(string Provider, string Event, string Text, double Ms)> events = [];
        using (EventPipeEventSource read = new(file))
        {
            read.Dynamic.All += data => events.Add((
                data.ProviderName, data.EventName, string.Join(", ", data.PayloadNames.Select(name => data.PayloadStringByName(name))),
                data.TimeStampRelativeMSec));
            read.Clr.GCStart += data => events.Add((data.ProviderName, data.EventName, "", data.TimeStampRelativeMSec));
            read.Process();
        }

        (string Provider, string Event, string Text, double Ms)[] own =
        [
            .. events.Where(static seen => seen.Provider == FlexScTelemetry.Name && seen.Text.StartsWith(SystemName, StringComparison.Ordinal)),
        ];
        (string Provider, string Event, string Text, double Ms) stall = Assert.Single(own, static seen => seen.Event == HeldUp);
        Assert.Equal($"{SystemName}, 0, {StallWarningMs}, {path}", stall.Text);
        Assert.Contains(own, static seen => seen.Event == "BackendChosen");
        Assert.Contains(own, static seen => seen.Event == "LoopGoesOn");
        Assert.Contains(events, seen => seen.Event == "GC/Start" && seen.Ms > stall.Ms);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<EventSource> EnabledSourceAsync(RunningProgram trace)
    {
        // It is enabled when the tool has connected.
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        using CancellationTokenSource deadline = new(ExampleProgram.Deadline);
        while (true)
        {
            Assert.False(trace.HasEnded, "dotnet-trace has ended before it was asked to");
            if (EventSource.GetSources().SingleOrDefault(static source => source.Name == FlexScTelemetry.Name) is { } source && source.IsEnabled())
            {
                return source;
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>Has an actor block its loop until somebody has been told of it.</summary>
    /// <returns>The actor's path.</returns>
    private static async Task<string> HoldALoopUpAsync(EventSource source)
    {
        using Listener listener = new(source);
        using ManualResetEventSlim release = new();
        using ActorSystem system = ActorSystem.Create(SystemName, Configuration);
        try
        {
            IActorRef actor = system.ActorOf(Props.Create(static () => new Blocking()).WithFlexDispatcher(), "blocking");
            actor.Tell(release);
            await listener.HeldUp.WaitAsync(ExampleProgram.Deadline);
            release.Set();
            await listener.GoesOn.WaitAsync(ExampleProgram.Deadline);
            return actor.Path.ToString();
        }
        finally
        {
            release.Set();
            await system.Terminate();
        }
    }

    private sealed class Blocking : ReceiveActor
    {
        public Blocking()
        {
            Receive<ManualResetEventSlim>(static release => release.Wait());
        }
    }

    private sealed class Listener : EventListener
    {
        private readonly TaskCompletionSource _heldUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Listener(EventSource source) => EnableEvents(source, EventLevel.Informational);

        public Task HeldUp => _heldUp.Task;

        public Task GoesOn => _goesOn.Task;

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.Payload is { Count: > 0 } payload && Equals(payload[0], SystemName))
            {
                _ = eventData.EventName switch
                {
                    DotnetTraceTests.HeldUp => _heldUp.TrySetResult(),
                    "LoopGoesOn" => _goesOn.TrySetResult(),
                    _ => false,
                };
            }
        }
    }
}
