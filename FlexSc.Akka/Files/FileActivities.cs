using System.Diagnostics;

namespace FlexSc.Akka.IO;

/// <summary>Activities of the commands on files that are no transfers; those would be too many.</summary>
internal static class FileActivities
{
    /// <summary>Begins one; null where nobody listens.</summary>
    public static Activity? Start(object command, string path)
    {
        if (!FlexScTelemetry.Activities.HasListeners())
        {
            return null;
        }

        Activity? activity = FlexScTelemetry.Activities.StartActivity($"flexsc.file.{command.GetType().Name.ToLowerInvariant()}");
        activity?.SetTag("file.path", path);
        return activity;
    }
}
