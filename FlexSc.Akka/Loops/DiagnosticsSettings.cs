using Akka.Configuration;

namespace FlexSc.Akka.Loops;

/// <summary>The section <c>flexsc.diagnostics</c>; see reference.conf for meaning and ranges.</summary>
/// <param name="IsOn">Whether there is a socket.</param>
/// <param name="Path">Where it is wanted; null for the folder where <c>flexsc top</c> looks.</param>
internal sealed record DiagnosticsSettings(bool IsOn, string? Path)
{
    private const string Section = "flexsc.diagnostics";

    /// <summary>Reads the section from a system's configuration.</summary>
    /// <exception cref="ConfigurationException">The value is neither a switch nor an absolute path.</exception>
    public static DiagnosticsSettings Create(Config application)
    {
        string text = FlexScConfig.Section(application, Section).GetString("socket");
        return text switch
        {
            "on" or "true" => new DiagnosticsSettings(true, null),
            "off" or "false" => new DiagnosticsSettings(false, null),
            ['/', ..] => new DiagnosticsSettings(true, text),
            _ => throw new ConfigurationException($"{Section}.socket must be on, off or an absolute path, not '{text}'"),
        };
    }
}
