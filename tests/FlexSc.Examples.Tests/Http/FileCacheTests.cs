using FlexSc.Examples.HttpServer.Files;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class FileCacheTests
{
    private const int MaxAgeMs = 100_000;
    private static readonly FileMetadata Metadata = new(
        Device: 1, Inode: 2, SizeBytes: 3, Modified: new UnixTime(1_000_000_000, 0), StatusChanged: new UnixTime(1_000_000_000, 0), FileKind.RegularFile);

    [Fact]
    public void A_young_file_is_in_memory()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64);

        Assert.True(cache.TryGet("a.txt", out CachedFile? file));
        Assert.Equal("abc"u8.ToArray(), file.Content);
        Assert.False(cache.TryGet("b.txt", out _));
    }

    [Fact]
    public void Past_half_its_age_one_caller_looks_again()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64 - (MaxAgeMs * 3 / 4));

        Assert.False(cache.TryGet("a.txt", out _));
        Assert.True(cache.TryGet("a.txt", out _));
        Assert.NotNull(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
        Assert.True(cache.TryGet("a.txt", out _));
    }

    [Fact]
    public void A_file_that_is_too_old_is_looked_at_by_everyone()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64 - MaxAgeMs);

        Assert.False(cache.TryGet("a.txt", out _));
        Assert.False(cache.TryGet("a.txt", out _));
    }

    [Fact]
    public void Another_state_is_another_file()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        foreach (FileMetadata other in new[]
        {
            Metadata with { Modified = new UnixTime(1_000_000_000, 1) },
            Metadata with { StatusChanged = new UnixTime(1_000_000_000, 1) },
            Metadata with { Inode = 3 },
            Metadata with { Device = 3 },
            Metadata with { SizeBytes = 4 },
        })
        {
            cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64);
            Assert.NotNull(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
            Assert.Null(cache.Confirm("a.txt", other, Environment.TickCount64));
            Assert.False(cache.TryGet("a.txt", out _));
        }

        cache.Add("a.txt", Metadata, "abc"u8, Environment.TickCount64);
        cache.Forget("a.txt");
        Assert.Null(cache.Confirm("a.txt", Metadata, Environment.TickCount64));
    }

    [Fact]
    public void A_look_that_took_long_does_not_bring_the_old_file_back()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        long nowMs = Environment.TickCount64;
        FileMetadata old = Metadata with { Inode = 9 };
        cache.Add("a.txt", Metadata, "new"u8, nowMs);

        Assert.Null(cache.Confirm("a.txt", old, nowMs - 1));
        cache.Add("a.txt", old, "old"u8, nowMs - 1);
        Assert.True(cache.TryGet("a.txt", out CachedFile? file));
        Assert.Equal("new"u8.ToArray(), file.Content);
    }

    [Fact]
    public void What_does_not_fit_is_not_kept()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        cache.Add("large", Metadata, new byte[10_000], Environment.TickCount64);
        cache.Add("small", Metadata, new byte[5_000], Environment.TickCount64);

        Assert.False(cache.TryGet("large", out _));
        Assert.True(cache.TryGet("small", out _));
    }

    [Fact]
    public void A_file_changed_just_before_is_not_kept()
    {
        using FileCache cache = new(maxBytes: 10_000, MaxAgeMs);
        DateTimeOffset change = DateTimeOffset.UtcNow.AddMilliseconds(-5);
        UnixTime changed = new(change.ToUnixTimeSeconds(), change.Millisecond * 1_000_000);
        cache.Add("a.txt", Metadata with { StatusChanged = changed }, "abc"u8, Environment.TickCount64);

        Assert.False(cache.TryGet("a.txt", out _));
    }
}
