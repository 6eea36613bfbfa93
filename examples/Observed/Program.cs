using Akka.Actor;
using Akka.Hosting;
using FlexSc.Akka;
using FlexSc.Akka.Hosting;
using FlexSc.Examples.Observed;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

const string ServiceName = "observed";

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
int echoPort = builder.Configuration.GetValue("Echo:Port", 7007);

// The service: an echo by Akka.IO's own messages, on FlexSC by one line. Its options are the section FlexSc of the settings.
builder.Services.AddAkka(ServiceName, akka => akka
    .ConfigureLoggers(static log => log.AddLoggerFactory())
    .WithFlexSc(builder.Configuration)
    .WithActors((system, registry) => registry.Register<EchoServer>(system.ActorOf(Props.Create(() => new EchoServer(echoPort)), "echo"))));

// What is seen of it: health, metrics, traces.
builder.Services.AddHealthChecks().AddFlexSc();
OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
    .ConfigureResource(static resource => resource.AddService(ServiceName))
    .WithMetrics(static metrics => metrics
        .AddMeter(FlexScTelemetry.Name)

        // In seconds. The usual buckets of a histogram are made for milliseconds, and calls take microseconds.
        .AddView("flexsc.completion.duration", new ExplicitBucketHistogramConfiguration
        {
            Boundaries = [5e-6, 10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 5e-3, 25e-3, 0.1, 1, 10],
        })
        .AddPrometheusExporter())
    .WithTracing(static tracing => tracing.AddSource(FlexScTelemetry.Name));
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not null)
{
    telemetry.UseOtlpExporter();
}

WebApplication app = builder.Build();
app.MapPrometheusScrapingEndpoint();
app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteHealthAsync });
await app.StartAsync();

string echo = await app.Services.GetRequiredService<ActorRegistry>().Get<EchoServer>().Ask<string>(EchoServer.WhereAreYou.Instance, TimeSpan.FromSeconds(10));
IEnumerable<string> http = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
Console.WriteLine($"listening on {string.Join(", ", [$"tcp://{echo}", .. http])}");
await app.WaitForShutdownAsync();

static Task WriteHealthAsync(HttpContext context, HealthReport report) =>
    context.Response.WriteAsync(string.Concat(report.Entries.Select(static entry => $"{entry.Key}: {entry.Value.Status}: {entry.Value.Description}\n")));
