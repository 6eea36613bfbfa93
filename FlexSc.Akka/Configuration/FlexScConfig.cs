using System.Globalization;
using Akka.Configuration;

namespace FlexSc.Akka;

/// <summary>The embedded reference.conf and the reading of its values, with errors that name the key.</summary>
internal static class FlexScConfig
{
    /// <summary>Defaults of every key below <c>flexsc</c>.</summary>
    public static readonly Config Reference = ConfigurationFactory.FromResource<LoopSettingsAnchor>("FlexSc.Akka.reference.conf");

    /// <summary>A section of the application's configuration with the defaults behind it.</summary>
    public static Config Section(Config application, string path) => Section(application, Reference, path);

    /// <summary>The same with another assembly's defaults.</summary>
    public static Config Section(Config application, Config reference, string path)
    {
        Config defaults = reference.GetConfig(path);
        return application.HasPath(path) ? application.GetConfig(path).WithFallback(defaults) : defaults;
    }

    /// <exception cref="ConfigurationException">The value is no number or out of range.</exception>
    public static int Number(Config config, string section, string key, int min, int max)
    {
        string text = config.GetString(key);
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < min || value > max)
        {
            throw new ConfigurationException($"{section}.{key} must be a number from {min} to {max}, not '{text}'");
        }

        return value;
    }

    /// <exception cref="ConfigurationException">The value is none of the choices.</exception>
    public static string Choice(Config config, string section, string key, params string[] choices)
    {
        string text = config.GetString(key);
        if (!choices.Contains(text))
        {
            throw new ConfigurationException($"{section}.{key} must be one of {string.Join(", ", choices)}, not '{text}'");
        }

        return text;
    }

    private sealed class LoopSettingsAnchor;
}
