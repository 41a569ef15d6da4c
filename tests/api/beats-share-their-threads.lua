-- Beats of one client share a few threads: one black hole delays the beats of everything that it publishes.
return scenario {
  topology = { nodes = 1, clients = "nacos-client-1" },
  story = function(w)
    local n = w:nodes()
    local one, many = w:client { beat_threads = 1 }, w:client { beat_threads = 8 }
    for i = 1, 4 do
      one:register { service = "s" .. i }
      many:register { service = "s" .. i }
    end
    wait(s(11))
    w:cut(n, { one, many })
    wait(s(30))
    local failed, sent = one:counters().beats_failed, many:counters().beats_failed
    -- Three connects of 3 s: a beat takes 9 s. One thread ends three in 30 s, four threads two each.
    expect(failed >= 2 and failed <= 3, "one thread sent several beats at once: " .. failed)
    expect(sent == 8, "beats waited for a thread though there was one: " .. sent)
    w:heal()
    wait(s(30))
    expect(w:all_know { one, many }, "beats did not resume")
  end,
}
