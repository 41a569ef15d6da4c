-- namingLoadCacheAtStart: what the former process wrote to disk is there although no server answers.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    local n = w:nodes()
    local shop = w:client { server = n }
    shop:register { service = "shop" }
    local before = w:client { name = "buyer", subscribe = { "shop" } }
    wait(s(2))
    before:close()
    w:crash(n)
    local with = w:client { subscribe = { "shop" }, load_cache_at_start = before }
    local by_name = w:client { kind = "nacos-client-1", subscribe = { "shop" }, load_cache_at_start = "buyer" }
    local without = w:client { subscribe = { "shop" } }
    wait(s(30))
    expect(#with:sees "shop" == 1 and #by_name:sees "shop" == 1, "the disk cache was not read")
    expect(#without:sees "shop" == 0, "a cache from nowhere")
  end,
}
