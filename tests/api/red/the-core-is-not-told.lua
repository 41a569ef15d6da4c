-- 2 core: heal = "core" demands that the nodes which are well again converge, though the story is over
return scenario {
  topology = { nodes = 4 },
  story    = function(w)
    local a = w:nodes()
    w:chaos { for_ = s(30), partition = per_minute(4), heal = "core", core = 3 }
    w:intercept { op = "CHANGE", nth = "all", action = "drop" }
    for _, n in ipairs(w:live_nodes()) do w:client { server = n }:post "register" { service = "x" } end
  end,
}
