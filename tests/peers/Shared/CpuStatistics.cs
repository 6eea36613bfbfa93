using System.Text.Json;

namespace FlexSc.Peers;

/// <summary>What a measured server answers to any line: the CPU time that it has used so far.</summary>
internal sealed record CpuStatistics(double CpuUs)
{
    /// <summary>Answers until its input ends.</summary>
    public static void Serve()
    {
        while (Console.ReadLine() is not null)
        {
            Console.WriteLine(JsonSerializer.Serialize(new CpuStatistics(Environment.CpuUsage.TotalTime.TotalMicroseconds)));
        }
    }
}
