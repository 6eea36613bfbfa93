using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.GuestTests;

/// <summary>Runs test classes as xunit does, one test after the other, and prints a line for each.</summary>
internal sealed class TestRun(TextWriter output)
{
    /// <summary>A test that takes longer hangs: the suite's own waits end before.</summary>
    private static readonly TimeSpan Deadline = LoopFixture.Deadline * 4;

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>Runs the tests whose full name holds one of the parts; all of them when there is none.</summary>
    public async Task ExecuteAsync(Assembly assembly, string[] nameParts)
    {
        foreach (Type type in assembly.GetTypes().Where(type => type.IsPublic && !type.IsAbstract).OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            foreach (MethodInfo method in type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute))))
            {
                foreach (object?[] arguments in RowsOf(method))
                {
                    string name = $"{type.Name}.{method.Name}{(arguments.Length > 0 ? $"({string.Join(", ", arguments)})" : "")}";
                    if (nameParts.Length == 0 || nameParts.Any(part => name.Contains(part, StringComparison.Ordinal)))
                    {
                        await RunAsync(name, type, method, arguments);
                    }
                }
            }
        }
    }

    private static IEnumerable<object?[]> RowsOf(MethodInfo method)
    {
        if (!method.IsDefined(typeof(TheoryAttribute)))
        {
            yield return [];
            yield break;
        }

        foreach (InlineDataAttribute data in method.GetCustomAttributes<InlineDataAttribute>())
        {
            foreach (object?[] row in data.GetData(method))
            {
                yield return Convert(row, method.GetParameters());
            }
        }
    }

    /// <summary>
    /// xunit.assert makes this method for the elements of what it compares at run time, which a native program cannot: it has what
    /// the compiler saw.
    /// </summary>
    public static void KeepComparisons() => GC.KeepAlive(Xunit.Sdk.CollectionTrackerExtensions.AsTracker<int>([]));

    /// <summary>A row holds the types of its literals, as int for a long.</summary>
    private static object?[] Convert(object?[] row, ParameterInfo[] parameters) => [.. row.Select((value, i) =>
        parameters[i].ParameterType.IsEnum || value is null ? value
            : System.Convert.ChangeType(value, parameters[i].ParameterType, CultureInfo.InvariantCulture))];

    private async Task RunAsync(string name, Type type, MethodInfo method, object?[] arguments)
    {
        long startedAt = Stopwatch.GetTimestamp();
        string outcome;
        try
        {
            await Task.Run(() => RunAsync(type, method, arguments)).WaitAsync(Deadline);
            Passed++;
            outcome = $"ok {name}";
        }
        catch (Exception exception) when (Unwrap(exception) is SkipException skip)
        {
            Skipped++;
            outcome = $"skipped {name}: {skip.Message}";
        }
        catch (Exception exception)
        {
            Failed++;
            Exception cause = Unwrap(exception);
            outcome = $"not ok {name}: {cause.GetType().Name} {OneLine(cause)}";
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome} # {Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds:0} ms"));
        output.Flush();
    }

    private static async Task RunAsync(Type type, MethodInfo method, object?[] arguments)
    {
        object test = Activator.CreateInstance(type)!;
        IAsyncLifetime? lifetime = test as IAsyncLifetime;
        if (lifetime is not null)
        {
            await lifetime.InitializeAsync();
        }

        Exception? failure = null;
        try
        {
            if (method.Invoke(test, arguments) is Task task)
            {
                await task;
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        try
        {
            await (lifetime?.DisposeAsync() ?? Task.CompletedTask);
        }
        catch (Exception exception)
        {
            // What a failed test leaves behind is no news.
            failure ??= exception;
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static Exception Unwrap(Exception exception) =>
        exception is TargetInvocationException or TypeInitializationException && exception.InnerException is { } inner ? Unwrap(inner) : exception;

    private static string OneLine(Exception exception) => $"{exception.Message} {exception.StackTrace}".ReplaceLineEndings(" ");
}
