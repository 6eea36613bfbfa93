using System.Buffers;
using System.Text.Json;
using Akka.Actor;
using FlexSc.Akka.Diagnostics;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// Makes the documents that the page shows: the report, and what happened since the document before. By one thread at a time.
/// </summary>
/// <param name="system">Whose.</param>
/// <param name="requests">Requests that the program has answered so far; null where it counts none.</param>
/// <param name="maxViewers">For the page to tell.</param>
internal sealed class DashboardDocuments(ActorSystem system, Func<long>? requests, int maxViewers)
{
    private const double MicrosecondsPerSecond = 1e6;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private FlexReport? _before;
    private long _requestsBefore;
    private long _sequence;

    /// <summary>Begins anew: what happened while nobody looked is no rate.</summary>
    public void Forget() => _before = null;

    /// <summary>The next document, as one line of JSON.</summary>
    /// <param name="viewers">How many look.</param>
    /// <param name="calls">What calls took since the document before; null where nobody listened.</param>
    public byte[] Take(int viewers, IReadOnlyList<CallLatency>? calls)
    {
        FlexReport report = system.FlexReport();
        long answered = requests?.Invoke() ?? 0;
        double seconds = _before is null ? 0 : report.ClockSeconds - _before.ClockSeconds;
        double? requestsPerSecond = requests is null || seconds <= 0 ? null : (answered - _requestsBefore) / seconds;
        IReadOnlyList<FlexRates> rates = seconds > 0 ? FlexRates.Between(_before!, report) : [];
        _buffer.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("sequence", ++_sequence);
            writer.WriteNumber("intervalSeconds", seconds);
            writer.WriteNumber("viewers", viewers);
            writer.WriteNumber("maxViewers", maxViewers);
            writer.WritePropertyName("totals");
            WriteTotals(writer, report, rates, calls ?? [], requestsPerSecond);
            writer.WriteStartArray("rates");
            foreach (FlexRates loop in rates)
            {
                WriteRates(writer, loop);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("calls");
            foreach (CallLatency call in seconds > 0 ? calls ?? [] : [])
            {
                WriteCall(writer, call, seconds);
            }

            writer.WriteEndArray();
            writer.WritePropertyName("report");
            writer.WriteRawValue(report.ToJson());
            writer.WriteEndObject();
        }

        _before = report;
        _requestsBefore = answered;
        return _buffer.WrittenSpan.ToArray();
    }

    // Of all loops together; null in the place of what is not known yet, or not at all.
    private static void WriteTotals(
        Utf8JsonWriter writer, FlexReport report, IReadOnlyList<FlexRates> rates, IReadOnlyList<CallLatency> calls,
        double? requestsPerSecond)
    {
        double entries = rates.Sum(static loop => loop.EntriesPerSecond);
        double traps = rates.Sum(static loop => loop.TrapsPerSecond);
        long completed = calls.Sum(static call => call.Count);
        bool isKnown = rates.Count > 0;
        writer.WriteStartObject();
        writer.WriteNumber("connections", report.Loops.Sum(static loop => loop.Connections));
        Write("cores", isKnown ? rates.Sum(static loop => loop.Utilisation) : null);
        Write("entriesPerSecond", isKnown ? entries : null);
        Write("trapsPerSecond", isKnown ? traps : null);
        Write("entriesPerTrap", traps > 0 ? entries / traps : null);
        Write("requestsPerSecond", requestsPerSecond);
        Write("trapsPerRequest", isKnown && requestsPerSecond > 0 ? traps / requestsPerSecond : null);
        Write("meanMicroseconds", completed > 0 ? calls.Sum(static call => call.TotalSeconds) / completed * MicrosecondsPerSecond : null);
        writer.WriteEndObject();

        void Write(string name, double? value)
        {
            if (value is { } number && double.IsFinite(number))
            {
                writer.WriteNumber(name, number);
            }
            else
            {
                writer.WriteNull(name);
            }
        }
    }

    private static void WriteRates(Utf8JsonWriter writer, FlexRates loop)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index", loop.Index);
        writer.WriteNumber("utilisation", loop.Utilisation);
        writer.WriteNumber("waiting", loop.Waiting);
        writer.WriteNumber("entriesPerSecond", loop.EntriesPerSecond);
        writer.WriteNumber("trapsPerSecond", loop.TrapsPerSecond);
        writer.WriteNumber("turnsPerSecond", loop.TurnsPerSecond);
        writer.WriteNumber("entriesPerTrap", loop.EntriesPerTrap);
        writer.WriteNumber("trapsPerEntry", loop.TrapsPerEntry);
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, CallLatency call, double seconds)
    {
        writer.WriteStartObject();
        writer.WriteString("call", call.Call);
        writer.WriteNumber("perSecond", call.Count / seconds);
        writer.WriteNumber("meanMicroseconds", call.TotalSeconds / call.Count * MicrosecondsPerSecond);
        writer.WriteNumber("longestMicroseconds", call.LongestSeconds * MicrosecondsPerSecond);
        writer.WriteEndObject();
    }
}
