using System.Globalization;
using System.Text;
using FlexSc.Akka;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FlexSc.Peers.Metered;

/// <summary>OpenTelemetry as examples/Observed has it; what is read is written as the text that a scrape is answered with.</summary>
internal sealed class Exporting : IReader
{
    private readonly MetricReader _reader;
    private readonly MeterProvider _provider;

    /// <param name="every">How often it reads by itself; null for never.</param>
    public Exporting(TimeSpan? every)
    {
        _reader = every is { } interval
            ? new PeriodicExportingMetricReader(new TextExporter(), (int)interval.TotalMilliseconds)
            : new BaseExportingMetricReader(new TextExporter());
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(FlexScTelemetry.Name)
            .AddView("flexsc.completion.duration", new ExplicitBucketHistogramConfiguration
            {
                Boundaries = [5e-6, 10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 5e-3, 25e-3, 0.1, 1, 10],
            })
            .AddReader(_reader)
            .Build();
    }

    public void Read()
    {
        if (!_reader.Collect())
        {
            throw new InvalidOperationException("OpenTelemetry has read nothing");
        }
    }

    public void Dispose() => _provider.Dispose();

    /// <summary>One line for each value, with its tags. The network is left out: what it costs is the program's choice.</summary>
    private sealed class TextExporter : BaseExporter<Metric>
    {
        private readonly StringBuilder _text = new();

        public override ExportResult Export(in Batch<Metric> batch)
        {
            _text.Clear();
            foreach (Metric metric in batch)
            {
                foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
                {
                    Write(metric, in point);
                }
            }

            return _text.Length > 0 ? ExportResult.Success : ExportResult.Failure;
        }

        private void Write(Metric metric, ref readonly MetricPoint point)
        {
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    foreach (HistogramBucket bucket in point.GetHistogramBuckets())
                    {
                        WriteName(metric, in point)
                            .Append(CultureInfo.InvariantCulture, $"le={bucket.ExplicitBound} {bucket.BucketCount}\n");
                    }

                    WriteName(metric, in point)
                        .Append(CultureInfo.InvariantCulture, $"{point.GetHistogramCount()} {point.GetHistogramSum()}\n");
                    break;
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    WriteName(metric, in point).Append(CultureInfo.InvariantCulture, $"{point.GetSumLong()}\n");
                    break;
                case MetricType.LongGauge:
                    WriteName(metric, in point).Append(CultureInfo.InvariantCulture, $"{point.GetGaugeLastValueLong()}\n");
                    break;
                case MetricType.DoubleGauge:
                    WriteName(metric, in point).Append(CultureInfo.InvariantCulture, $"{point.GetGaugeLastValueDouble()}\n");
                    break;
                default:
                    throw new NotSupportedException($"{metric.Name} is a {metric.MetricType}, which FlexSC has none of");
            }
        }

        private StringBuilder WriteName(Metric metric, ref readonly MetricPoint point)
        {
            _text.Append(metric.Name);
            foreach (KeyValuePair<string, object?> tag in point.Tags)
            {
                _text.Append(' ').Append(tag.Key).Append('=').Append(tag.Value);
            }

            return _text.Append(' ');
        }
    }
}
