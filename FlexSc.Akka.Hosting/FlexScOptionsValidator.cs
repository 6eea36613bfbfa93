using Akka.Configuration;
using Microsoft.Extensions.Options;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// Judges <see cref="FlexScOptions"/> as FlexSC will when it reads them: each mistake is a sentence with the key as the settings spell it, the
/// value and the range. <c>WithFlexSc</c> does it by itself; register it where a program binds the options on its own.
/// </summary>
public sealed class FlexScOptionsValidator : IValidateOptions<FlexScOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FlexScOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = Failures(options, null);
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    internal static string[] Failures(FlexScOptions options, Config? behind) => [.. options.Mistakes(behind).Select(FlexScSection.InSettingsSpelling)];
}
