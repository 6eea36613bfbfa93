using System.Buffers.Binary;
using System.Globalization;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class FileAnswerTests
{
    private const string Modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    private const string Earlier = "Sunday, 06-Nov-94 08:49:36 GMT";
    private const string Later = "Sun Nov  6 08:49:38 1994";

    private static readonly FileMetadata File = new(
        Device: 1, Inode: 2, SizeBytes: 100, Modified: new UnixTime(784_111_777, 500_000_000), StatusChanged: new UnixTime(784_111_777, 600_000_000),
        FileKind.RegularFile);

    [Theory]
    [InlineData(null, 200, 0, 100)]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=90-", 206, 90, 10)]
    [InlineData("bytes=90-1000", 206, 90, 10)]
    [InlineData("bytes=-10", 206, 90, 10)]
    [InlineData("bytes=-1000", 206, 0, 100)]
    [InlineData("bytes=100-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=5-4", 200, 0, 100)]
    [InlineData("bytes=-", 200, 0, 100)]
    [InlineData("bytes=a-b", 200, 0, 100)]
    [InlineData("bytes=0-1,3-4", 200, 0, 100)]
    [InlineData("lines=0-1", 200, 0, 100)]
    [InlineData("bytes=99999999999999999999-", 200, 0, 100)]
    public void A_range_selects_bytes(string? range, int status, long offset, long length)
    {
        Assert.Equal(new FileAnswer(status, offset, length), FileAnswer.For(Request(range: range), File));
    }

    [Theory]
    [InlineData(Modified, 304)]
    [InlineData(Later, 304)]
    [InlineData(Earlier, 200)]
    [InlineData("yesterday", 200)]
    public void If_modified_since_compares_seconds(string date, int status)
    {
        Assert.Equal(status, FileAnswer.For(Request(ifModifiedSince: date), File).Status);
    }

    [Theory]
    [InlineData("*", 304)]
    [InlineData("TAG", 304)]
    [InlineData("W/TAG", 304)]
    [InlineData("\"x\", TAG", 304)]
    [InlineData("\"x\"", 200)]
    public void If_none_match_compares_weakly_and_hides_the_date(string list, int status)
    {
        string tags = list.Replace("TAG", File.EntityTag, StringComparison.Ordinal);
        Assert.Equal(status, FileAnswer.For(Request(ifNoneMatch: tags, ifModifiedSince: Modified), File).Status);
    }

    [Theory]
    [InlineData("TAG", 206)]
    [InlineData("W/TAG", 200)]
    [InlineData("\"x\"", 200)]
    [InlineData("", 200)]
    [InlineData(Modified, 200)]
    [InlineData(Earlier, 200)]
    public void If_range_guards_the_range(string validator, int status)
    {
        string value = validator.Replace("TAG", File.EntityTag, StringComparison.Ordinal);
        Assert.Equal(status, FileAnswer.For(Request(range: "bytes=0-1", ifRange: value), File).Status);
    }

    [Fact]
    public void Preconditions_that_fail_are_412()
    {
        Assert.Equal(412, FileAnswer.For(Request(ifMatch: "\"x\""), File).Status);
        Assert.Equal(412, FileAnswer.For(Request(ifMatch: ""), File).Status);
        Assert.Equal(200, FileAnswer.For(Request(ifMatch: File.EntityTag), File).Status);
        Assert.Equal(412, FileAnswer.For(Request(ifUnmodifiedSince: Earlier), File).Status);
        Assert.Equal(200, FileAnswer.For(Request(ifUnmodifiedSince: Modified), File).Status);
    }

    [Fact]
    public void The_tag_changes_with_all_that_tells_files_apart()
    {
        FileMetadata[] others =
        [
            File with { Device = 2 },
            File with { Inode = 3 },
            File with { SizeBytes = 101 },
            File with { Modified = File.Modified with { Nanoseconds = 0 } },
            File with { Modified = File.Modified with { Seconds = 0 } },
            File with { StatusChanged = File.StatusChanged with { Nanoseconds = 0 } },
            File with { StatusChanged = File.StatusChanged with { Seconds = 0 } },
        ];
        Assert.Equal(others.Length + 1, others.Append(File).Select(file => file.EntityTag).Distinct().Count());
        Assert.Equal(File.EntityTag, (File with { }).EntityTag);
        Assert.Matches("^\"[0-9a-f]{32}\"$", File.EntityTag);
    }

    // 2^64 ns are 584 years: in nanoseconds the first two and the last two would be the same time.
    [Theory]
    [InlineData(0, 18_446_744_073, 1)]
    [InlineData(13_000_000_000, 13_000_000_000 - 18_446_744_073, 1)]
    public void Times_far_apart_are_told_apart(long seconds, long otherSeconds, int apart)
    {
        FileMetadata file = File with { Modified = new UnixTime(seconds, 0) };
        FileMetadata other = File with { Modified = new UnixTime(otherSeconds, 0) };

        Assert.NotEqual(file.EntityTag, other.EntityTag);
        Assert.Equal(apart, Math.Abs(file.ModifiedUtc.CompareTo(other.ModifiedUtc)));
    }

    [Theory]
    [InlineData(10_413_792_000, "2300-01-01T00:00:00")]
    [InlineData(-10_000_000_000, "1653-02-10T06:13:20")]
    [InlineData(long.MaxValue, "9999-12-31T23:59:59")]
    [InlineData(long.MinValue, "0001-01-01T00:00:00")]
    public void A_time_of_any_year_has_a_date(long seconds, string date)
    {
        Assert.Equal(date, (File with { Modified = new UnixTime(seconds, 0) }).ModifiedUtc.ToString("s", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_time_ahead_is_told_as_now()
    {
        DateTime now = DateTime.UtcNow;
        Assert.Equal(now, (File with { Modified = new UnixTime(10_413_792_000, 0) }).LastModifiedUtc(now));
        Assert.Equal(File.ModifiedUtc, File.LastModifiedUtc(now));
    }

    [Fact]
    public void The_kernel_s_layout_is_read_whole()
    {
        byte[] statx = new byte[LinuxFiles.StatxBufferBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(statx.AsSpan(28), 0x81A4);
        BinaryPrimitives.WriteUInt64LittleEndian(statx.AsSpan(32), 3);
        BinaryPrimitives.WriteInt64LittleEndian(statx.AsSpan(40), 4);
        BinaryPrimitives.WriteInt64LittleEndian(statx.AsSpan(96), 18_446_744_073);
        BinaryPrimitives.WriteInt32LittleEndian(statx.AsSpan(104), 5);
        BinaryPrimitives.WriteInt64LittleEndian(statx.AsSpan(112), -1);
        BinaryPrimitives.WriteInt32LittleEndian(statx.AsSpan(120), 6);
        BinaryPrimitives.WriteUInt32LittleEndian(statx.AsSpan(136), 7);
        BinaryPrimitives.WriteUInt32LittleEndian(statx.AsSpan(140), 8);

        FileMetadata expected = new((7UL << 32) | 8, 3, 4, new UnixTime(-1, 6), new UnixTime(18_446_744_073, 5), FileKind.RegularFile);
        Assert.Equal(expected, LinuxFiles.ReadStatx(statx));
    }

    private static FileRequest Request(
        string? range = null, string? ifRange = null, string? ifMatch = null, string? ifNoneMatch = null,
        string? ifModifiedSince = null, string? ifUnmodifiedSince = null) =>
        new()
        {
            Name = "f",
            EncodedPath = "/f",
            HeadOnly = false,
            Mode = ConnectionMode.KeepAlive,
            Range = range,
            IfRange = ifRange,
            IfMatch = ifMatch,
            IfNoneMatch = ifNoneMatch,
            IfModifiedSince = ifModifiedSince,
            IfUnmodifiedSince = ifUnmodifiedSince,
        };
}
