// SPDX-License-Identifier: GPL-2.0-only

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongUnaryOperator;
import java.util.zip.CRC32;

/**
 * What makes the Java machine change its map: a heap that grows and shrinks,
 * threads, mapped files, memory outside of the heap, compiled methods, stacks
 * that overflow, child processes.
 */
public final class Churn {
    private static final int MIB = 1 << 20;

    /** Keeps the last few of many blocks; then many at once. */
    private static long heap(int seed) {
        ArrayDeque<byte[]> kept = new ArrayDeque<>();
        long sum = 0;

        for (int i = 0; i < 100; i++) {
            byte[] block = new byte[(seed * 7919 + i * 104729) % 200000 + 1];

            Arrays.fill(block, (byte) i);
            kept.add(block);
            if (kept.size() > 20)
                sum += kept.remove().length;
        }
        List<byte[]> many = new ArrayList<>();

        for (int i = 0; i < 12; i++)
            many.add(new byte[MIB]);
        return sum + many.size();
    }

    /** Writes a file through one mapping and reads it through others. */
    private static long mapped(int seed) throws IOException {
        Path path = Path.of("file" + seed);
        CRC32 crc = new CRC32();

        try (FileChannel file = FileChannel.open(path,
                StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            MappedByteBuffer all =
                file.map(FileChannel.MapMode.READ_WRITE, 0, MIB);

            for (int at = 0; at < MIB; at += 8)
                all.putLong(at, (long) seed * at);
            all.force();
            for (int at = 0; at < MIB; at += MIB / 16) {
                MappedByteBuffer part = file.map(
                    at % (MIB / 8) == 0 ? FileChannel.MapMode.READ_ONLY :
                    FileChannel.MapMode.PRIVATE, at, MIB / 16);

                part.load();
                crc.update(part);
            }
        }
        Files.delete(path);
        return crc.getValue();
    }

    private static long direct(int seed) {
        long sum = 0;

        for (int i = 0; i < 20; i++) {
            ByteBuffer buffer =
                ByteBuffer.allocateDirect((seed + i) % 5 * MIB / 2 + 4096);

            for (int at = 0; at < buffer.capacity(); at += 4096)
                buffer.put(at, (byte) (seed + i));
            sum += buffer.get(0) * (long) buffer.capacity();
        }
        return sum;
    }

    private static int forever(int depth) {
        return forever(depth + 1) + 1;
    }

    /** Each runs into the guard pages of its stack. */
    private static long overflows(int seed) throws Exception {
        long[] caught = { 0 };

        for (int i = 0; i < 3; i++) {
            Thread thread = new Thread(null, () -> {
                try {
                    forever(0);
                } catch (StackOverflowError e) {
                    caught[0]++;
                }
            }, "overflow", (seed % 3 + 1) * 256L * 1024);

            thread.start();
            thread.join();
        }
        return caught[0];
    }

    /** Classes made at run time; what runs often is compiled. */
    private static long compiled(int seed) {
        long sum = seed;

        for (int i = 0; i < 15; i++) {
            int times = i;
            LongUnaryOperator operator = (LongUnaryOperator) Proxy
                .newProxyInstance(Churn.class.getClassLoader(),
                    new Class<?>[] { LongUnaryOperator.class },
                    (proxy, method, args) -> (Long) args[0] * 31 + times);

            for (int k = 0; k < 1000; k++)
                sum = operator.applyAsLong(sum) % 1000003;
        }
        return sum;
    }

    private static long children(int seed) throws Exception {
        Process process = new ProcessBuilder("sh", "-c",
            "seq 1 " + (1000 + seed) + " | wc -l").start();
        String said = new String(process.getInputStream().readAllBytes());

        if (process.waitFor() != 0)
            throw new IOException("a child failed");
        return Long.parseLong(said.trim());
    }

    private interface Work {
        long run(int seed) throws Exception;
    }

    private static void share(ExecutorService pool, String name, int times,
                              Work work) throws Exception {
        List<Callable<Long>> calls = new ArrayList<>();

        for (int i = 0; i < times; i++) {
            int seed = i;

            calls.add(() -> work.run(seed));
        }
        StringBuilder line = new StringBuilder(name);

        for (Future<Long> result : pool.invokeAll(calls))
            line.append(' ').append(result.get());
        System.out.println(line);
    }

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);

        share(pool, "heap", 6, Churn::heap);
        System.gc();
        share(pool, "mapped", 4, Churn::mapped);
        share(pool, "direct", 4, Churn::direct);
        share(pool, "overflows", 3, Churn::overflows);
        share(pool, "compiled", 4, Churn::compiled);
        share(pool, "children", 3, Churn::children);
        System.gc();
        share(pool, "heap", 4, Churn::heap);
        pool.shutdown();
    }
}
