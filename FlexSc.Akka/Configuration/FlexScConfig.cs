using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FlexSc.Akka;

/// <summary>The embedded reference.conf and the reading of its values, with errors that name the key.</summary>
internal static class FlexScConfig
{
    /// <summary>Defaults of every key below <c>flexsc</c>.</summary>
    public static readonly Config Reference = ConfigurationFactory.FromResource<LoopSettingsAnchor>("FlexSc.Akka.reference.conf");

    /// <summary>A section of the application's configuration with the defaults behind it.</summary>
    /// <exception cref="ConfigurationException">It, or a section in it, is given a value.</exception>
    public static Config Section(Config application, string path) => Section(application, Reference, path);

    /// <summary>The same with another assembly's defaults.</summary>
    public static Config Section(Config application, Config reference, string path)
    {
        Config defaults = reference.GetConfig(path);
        if (!application.HasPath(path))
        {
            return defaults;
        }

        RequireSections(application.GetValue(path), reference.GetValue(path), path);
        return application.GetConfig(path).WithFallback(defaults);
    }

    /// <summary>A value in the place of a section would hide all of its defaults.</summary>
    private static void RequireSections(HoconValue given, HoconValue known, string path)
    {
        if (!known.IsObject() || given.IsEmpty)
        {
            return;
        }

        if (!given.IsObject())
        {
            throw new ConfigurationException(
                $"{path} is a section of keys and takes no value, not '{given}': set the keys, as in {path}.{known.GetObject().Items.Keys.First()} = ...");
        }

        foreach ((string key, HoconValue value) in given.GetObject().Items)
        {
            if (known.GetObject().Items.TryGetValue(key, out HoconValue? child))
            {
                RequireSections(value, child, $"{path}.{key}");
            }
        }
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

    /// <exception cref="ConfigurationException">The value is neither on nor off.</exception>
    public static bool Switch(Config config, string section, string key) => Choice(config, section, key, "on", "off", "true", "false") is "on" or "true";

    private sealed class LoopSettingsAnchor;
}
