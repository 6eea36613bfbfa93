using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.Measuring.Builds;

namespace FlexSc.LoadTests.Servers;

/// <summary>Where the example services are.</summary>
internal static class ServerPrograms
{
    public static string NameOf(ServerKind kind) => kind switch
    {
        ServerKind.Http => "HttpServer",
        ServerKind.KeyValue => "KvServer",
        _ => "QuickStart",
    };

    /// <summary>The service's program from this repository, in release; built once, unless <see cref="ProjectBuild"/> is told not to.</summary>
    /// <exception cref="MeasurementException">The build failed, or there is no program.</exception>
    public static string Provide(ServerKind kind) => ProjectBuild.Build(Path.Combine("examples", NameOf(kind)));
}
